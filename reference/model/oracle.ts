/**
 * Where a description leaves something to the driver, an oracle decides: the reference by a fixed policy, the
 * judge by what was seen.
 */
import type { CheckRule, CitedRule, Rule } from '../../schemas/index.ts';

/** A check that fails, with how much of the body had happened before it. */
export interface Hit {
  readonly rule: CheckRule;
  readonly effects: number;
  /** Only the device knows whether it fails: the call may end so, and may go on. */
  readonly undecided?: boolean;
  /** Memory that the call may have written in part before the fault. */
  readonly torn?: { readonly address: bigint; readonly length: bigint };
  /** Part of the call's work has begun. */
  readonly begun?: boolean;
}

/** How a call goes on: fails by a check, fails for a reason of the machine, or succeeds. */
export type Decision =
  | { readonly kind: 'hit'; readonly hit: Hit }
  | { readonly kind: 'errno'; readonly errno: string }
  | { readonly kind: 'success' };

/** A number that the driver picks. */
export interface Choice {
  readonly what: 'handle' | 'descriptor' | 'stable' | 'range' | 'opaque';
  /** Absent for what every machine does, such as the number of a duplicate. */
  readonly rule?: CitedRule;
  /** Where the number shows: the member of the argument, or `return`. */
  readonly field: string;
  /** What the reference picks. */
  readonly propose: () => bigint;
  /** Undefined when the number is right, else why it is wrong. */
  readonly wrong: (value: bigint) => string | undefined;
}

/** Where a chosen number shows: in the argument that is copied out, or as the return value. */
export type Place =
  | { readonly kind: 'argument'; readonly offset: number; readonly size: number }
  | { readonly kind: 'return' };

export interface Oracle {
  /** The first check that fails for certain decides: nothing behind it needs to be looked at. */
  readonly first?: boolean;
  decide(call: string, hits: readonly Hit[], environmental: readonly string[]): Decision;
  /** undefined: the number cannot be seen. */
  choose(choice: Choice, place: Place | undefined): bigint | undefined;
  /** The handler's own result will be hidden by EFAULT, because its argument cannot be copied out. */
  hidden?(hidden: boolean): void;
  /** Told of every rule that a call comes to, and whether the condition of a check held. */
  looked?(rule: Rule, held: boolean): void;
  /** What is there after the call; undefined where that cannot be known, as for the reference, which decides it. */
  seenAt?(address: bigint, length: number): Uint8Array | undefined;
  /** What becomes of bytes that the description leaves open. */
  rest(address: bigint, length: number): 'kept' | 'zero';
}

/** The reference: the first check that fails decides, numbers are the lowest, open bytes are kept. */
export const firstCheck: Oracle = {
  first: true,
  decide: (_call, hits) => {
    const hit = hits.find(each => !each.rule.optional && !each.undecided);
    return hit ? { kind: 'hit', hit } : { kind: 'success' };
  },
  choose: choice => choice.propose(),
  rest: () => 'kept',
};
