import { ABI_NAMES, ABIS, type Abi } from '../layout/abi.ts';
import { builtinScalar, enumScalar, type Scalar } from '../layout/scalars.ts';
import type { ConstantFact } from '../layout/types.ts';
import { bigintToFact } from '../layout/types.ts';
import type { CInteger, Scope } from './expression.ts';
import { enumInteger, evaluate } from './expression.ts';
import type { Token } from './tokens.ts';

/** A constant under both models of `long`. */
export interface Pair {
  readonly lp64: CInteger;
  readonly ilp32: CInteger;
}

/** What expressions of a header can see: enum constants and scalar typedefs, for 8-byte and for 4-byte `long`. */
export class Scopes {
  readonly lp64: Scope;
  readonly ilp32: Scope;
  private readonly constants = new Map<string, Pair>();
  private readonly typedefs = new Map<string, string>();

  constructor() {
    this.lp64 = this.scopeFor('lp64', ABIS.x86_64);
    this.ilp32 = this.scopeFor('ilp32', ABIS.i386);
  }

  /** Makes an enum constant known. */
  addConstant(name: string, value: Pair): void {
    this.constants.set(name, value);
  }

  /** Makes a typedef of a scalar known, so that casts to it can be told from parentheses. */
  addTypedef(name: string, spelling: string): void {
    this.typedefs.set(name, spelling);
  }

  /** Throws `NotConstant` with the reason. */
  evaluate(tokens: readonly Token[]): Pair {
    return { lp64: evaluate(tokens, this.lp64), ilp32: evaluate(tokens, this.ilp32) };
  }

  private scopeFor(model: keyof Pair, abi: Abi): Scope {
    return {
      long: abi.long === 8 ? 64 : 32,
      constant: name => this.constants.get(name)?.[model],
      scalar: spelling => this.scalar(spelling, abi),
    };
  }

  private scalar(spelling: string, abi: Abi): Scalar | undefined {
    if (spelling.startsWith('enum ')) return enumScalar([], abi);
    const target = this.typedefs.get(spelling);
    if (target !== undefined && target !== spelling) return this.scalar(target, abi);
    return builtinScalar(spelling, abi);
  }
}

/** The pair after the given one in an enum. */
export function successor({ lp64, ilp32 }: Pair): Pair {
  return { lp64: enumInteger(lp64.value + 1n), ilp32: enumInteger(ilp32.value + 1n) };
}

/** A pair as a fact holds it: one value, and the one of 32-bit ABIs only where it differs. */
export function valueFact(pair: Pair): Pick<ConstantFact, 'value' | 'abi'> {
  const value = bigintToFact(pair.lp64.value);
  const ilp32 = bigintToFact(pair.ilp32.value);
  if (value === ilp32) return { value };
  const narrow = ABI_NAMES.filter(abi => ABIS[abi].long === 4);
  return { value, abi: Object.fromEntries(narrow.map(abi => [abi, ilp32])) };
}
