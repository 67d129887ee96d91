/** One way in which what was seen is not what had to be. */
import type { CallDescription, CheckRule, CitedRule } from '../../schemas/index.ts';

export interface Difference {
  readonly step: number;
  /**
   * `outcome`: another errno or success; `bytes`: memory holds something else; `choice`: a number the driver picked
   * is not allowed; `return`: another return value; `status`: the call did not return.
   */
  readonly kind: 'outcome' | 'bytes' | 'choice' | 'return' | 'status';
  readonly call?: CallDescription;
  /** The rule that says what had to be; absent when nothing was allowed to happen. */
  readonly rule?: CitedRule;
  readonly expected: string;
  readonly observed: string;
  /** The member of the argument, `at` for memory behind a pointer. */
  readonly field?: string;
  /** Whether the bytes lie in the argument that is copied out. */
  readonly inArgument?: boolean;
  /** The order of the steps of the lanes in which least is wrong, where no order is right. */
  readonly order?: readonly number[];
}

/** The level of a difference: what its rule rests on decides (design: MUST needs core, header or a binding document). */
export function differenceLevel(rule: CitedRule | undefined): 'MUST' | 'SHOULD' | 'FROZEN' | 'ADVISORY' {
  switch (rule?.basis) {
    case 'code':
      return 'FROZEN';
    case 'house':
      return 'ADVISORY';
    case 'doc':
      return rule.binding ? 'MUST' : 'SHOULD';
    default:
      return 'MUST';
  }
}

/** For a frozen rule: which way the driver moved. */
export function driftDirection(difference: Difference): 'extension' | 'regression suspect' {
  return difference.kind === 'outcome' && difference.observed === 'success'
    ? 'extension'
    : 'regression suspect';
}

export type { CheckRule };
