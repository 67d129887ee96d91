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

/** What the core prints is broken on one driver only: the one that tells of an engine too. */
export const tellsOfEngines = ({ name, manifest }: DriverDescription): boolean =>
  manifest.fdinfo === true && name === 'accelref';

export function toldInFdinfo(
  description: DriverDescription,
  group: string,
  entries: readonly FdinfoEntry[],
): Mutant[] {
  if (!tellsOfEngines(description)) return [];
  return entries.map(([name, kind, clause, fault, summary]) => ({
    id: `${group}.${name}`,
    class: kind,
    clauses: [clause],
    ops: ['readfile'],
    driver: description.name,
    summary,
    faults: { fdinfo: fault() },
  }));
}
