/** C16, C20, C22 to C24: who may map an object, how far, with which rights, and what the mapping shows. */
import type { DriverDescription } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { CoreFaults } from '../model/faults.ts';
import type { Mutant, MutantSource } from './mutant.ts';
import { carriesCore } from './places.ts';

type Fault = readonly [
  name: NonNullable<CoreFaults['mapping']>,
  kind: string,
  clause: ClauseId,
  summary: string,
];

/** Where an object is mapped does not matter for these. */
export const OF_ANY_OBJECT: readonly Fault[] = [
  ['copy', 'C24', 'mapping.content', 'Every mapping of an object is a copy of its own.'],
  ['writable', 'C23', 'mapping.protection', 'A mapping is writable, whatever the program asked for.'],
  ['not-cleared', 'C22', 'mapping.content', 'An object shows what its memory held before it was made.'],
  ['ends-with-handle', 'C16', 'mapping.survives', 'The mappings of an object end with its last handle.'],
];

const FAULTS: readonly Fault[] = [
  ['long', 'C24', 'mapping.range', 'A mapping may be longer than its object.'],
  ['any-client', 'C20', 'mapping.foreign', 'Any client may map an object at its offset.'],
  ...OF_ANY_OBJECT,
];

/** A mutant of each fault. */
export function mappingFaults(
  driver: DriverDescription,
  faults: readonly Fault[],
  idOf: (fault: string) => string,
): Mutant[] {
  return faults.map(([fault, kind, clause, summary]) => ({
    id: idOf(fault),
    class: kind,
    clauses: [clause],
    driver: driver.name,
    ops: ['mmap'],
    summary,
    faults: { mapping: fault },
  }));
}

export const mapping: MutantSource = driver =>
  carriesCore(driver) ? mappingFaults(driver, FAULTS, fault => `mapping.${fault}`) : [];
