/** C16, C20, C22 to C24: who may map an object, how far, with which rights, and what the mapping shows. */
import type { ClauseId } from '../../spec/index.ts';
import type { CoreFaults } from '../model/faults.ts';
import type { MutantSource } from './mutant.ts';
import { carriesCore } from './places.ts';

const FAULTS: readonly [
  name: NonNullable<CoreFaults['mapping']>,
  kind: string,
  clause: ClauseId,
  summary: string,
][] = [
  ['long', 'C24', 'mapping.range', 'A mapping may be longer than its object.'],
  ['any-client', 'C20', 'mapping.foreign', 'Any client may map an object at its offset.'],
  ['copy', 'C24', 'mapping.content', 'Every mapping of an object is a copy of its own.'],
  ['writable', 'C23', 'mapping.protection', 'A mapping is writable, whatever the program asked for.'],
  ['not-cleared', 'C22', 'mapping.content', 'An object shows what its memory held before it was made.'],
  ['ends-with-handle', 'C16', 'mapping.survives', 'The mappings of an object end with its last handle.'],
];

export const mapping: MutantSource = driver =>
  carriesCore(driver)
    ? FAULTS.map(([fault, kind, clause, summary]) => ({
        id: `mapping.${fault}`,
        class: kind,
        clauses: [clause],
        driver: driver.name,
        ops: ['mmap'],
        summary,
        faults: { mapping: fault },
      }))
    : [];
