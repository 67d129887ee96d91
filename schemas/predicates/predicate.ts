/** A rule inside a predicate: what a report names when the condition does not hold. */
export interface PredicateRule {
  readonly name: string;
  readonly sentence: string;
  /** Kernel file and line. */
  readonly source: string;
}

/** A numeric device parameter by name, such as `npu.id`. */
export type Parameter = (name: string) => bigint;

export interface Decision {
  /** The first broken rule; absent when all are kept. */
  readonly broken?: string;
  /** Every property of the predicate when all rules are kept; empty when one is broken. */
  readonly properties: ReadonlyMap<string, bigint>;
  /**
   * How many bytes the driver has read when it decides. It reads word by word, so an unreadable byte before this
   * one is EFAULT and one after it is never noticed. Can be more than the length of the argument.
   */
  readonly consumed: number;
}

export interface Witness {
  readonly title: string;
  /** Breaks the rule, and no other. */
  readonly bytes: Uint8Array;
  /** The same before the one change that breaks the rule: keeps every rule. */
  readonly control: Uint8Array;
}

/** A condition that only a program can decide, by name in a closed registry. */
export interface Predicate {
  readonly name: string;
  /** What the argument must be, in a sentence. */
  readonly sentence: string;
  /** The rules that can be broken. */
  readonly rules: readonly PredicateRule[];
  /** Names of the numeric device parameters that it depends on. */
  readonly params: readonly string[];
  /** Properties that later checks use, by name. */
  readonly properties: readonly string[];
  /**
   * `bytes` has the length that the caller declares. Where only the first of them can be read, anything may stand for
   * the rest: if it counts, `consumed` is beyond what can be read.
   */
  decide(bytes: Uint8Array, param: Parameter): Decision;
  /** An argument that keeps every rule; `choose(n)` gives 0 to n - 1. */
  good(param: Parameter, choose: (count: number) => number): Uint8Array;
  /** Arguments that break exactly this rule; none when the parameters make the rule unbreakable. */
  witnesses(rule: string, param: Parameter): readonly Witness[];
}
