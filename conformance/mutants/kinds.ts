/** A part of the mutants in which every kind of them is there, for a matrix that has to be quick. */
import type { Mutant } from '../../reference/index.ts';

/** Of one kind are faults of one class in one driver that must die by the same clauses. */
const kindOf = ({ driver, profile, abi, class: fault, clauses }: Mutant): string =>
  [driver, profile, abi, fault, ...[...clauses].sort()].join(' ');

/** The first and the last of each kind, in the order in which they stand. */
export function ofEachKind(mutants: readonly Mutant[]): Mutant[] {
  const kinds = new Map<string, Mutant[]>();
  for (const mutant of mutants) {
    const kind = kindOf(mutant);
    kinds.set(kind, [...(kinds.get(kind) ?? []), mutant]);
  }
  const kept = new Set([...kinds.values()].flatMap(kind => [kind[0]!, kind.at(-1)!]));
  return mutants.filter(each => kept.has(each));
}
