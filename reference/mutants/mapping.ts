/** C24: who may map an object, how far, with which rights, and what the mapping shows. */
import type { ClauseId } from '../../spec/index.ts';
import type { CoreFaults } from '../model/faults.ts';
import type { MutantSource } from './mutant.ts';
import { carriesCore } from './places.ts';

const FAULTS: readonly [name: NonNullable<CoreFaults['mapping']>, clause: ClauseId, summary: string][] = [
  ['long', 'mapping.range', 'A mapping may be longer than its object.'],
  ['any-client', 'mapping.foreign', 'Any client may map an object at its offset.'],
  ['copy', 'mapping.content', 'Every mapping of an object is a copy of its own.'],
  ['writable', 'mapping.protection', 'A mapping is writable, whatever the program asked for.'],
  ['ends-with-handle', 'mapping.survives', 'The mappings of an object end with its last handle.'],
];

export const mapping: MutantSource = driver =>
  carriesCore(driver)
    ? FAULTS.map(([fault, clause, summary]) => ({
        id: `mapping.${fault}`,
        class: 'C24',
        clauses: [clause],
        driver: driver.name,
        summary,
        faults: { mapping: fault },
      }))
    : [];
