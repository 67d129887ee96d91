/** Mutants whose fault is in what fdinfo says. */
import type { DriverDescription } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { CoreFaults } from '../model/faults.ts';
import type { Mutant } from './mutant.ts';

export type FdinfoFault = NonNullable<CoreFaults['fdinfo']>;

export type FdinfoEntry = readonly [
  name: string,
  kind: string,
  clause: ClauseId,
  /** Made anew for each mutant, since it may remember what it said. */
  fault: () => FdinfoFault,
  summary: string,
];

/** Of a driver that prints keys of its own. */
export function toldInFdinfo(
  { name: driver, manifest }: DriverDescription,
  group: string,
  entries: readonly FdinfoEntry[],
): Mutant[] {
  if (manifest.fdinfo !== true) return [];
  return entries.map(([name, kind, clause, fault, summary]) => ({
    id: `${group}.${name}`,
    class: kind,
    clauses: [clause],
    ops: ['readfile'],
    driver,
    summary,
    faults: { fdinfo: fault() },
  }));
}
