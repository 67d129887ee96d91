/** C39: a 32-bit program gets other bytes or other answers than a 64-bit one. */
import type { ClauseId } from '../../spec/index.ts';
import type { NarrowFault } from '../model/faults.ts';
import type { Mutant, MutantSource } from './mutant.ts';

type Entry = readonly [fault: NarrowFault, driver: string, clause: ClauseId, summary: string];

/** Each on the smallest driver that has what it breaks. */
const FAULTS: readonly Entry[] = [
  [
    'untranslated',
    'vgem',
    'dispatch.valid-call',
    'VERSION of a 32-bit program is taken for the struct of a 64-bit one.',
  ],
  ['no-file-calls', 'vgem', 'files.call', 'A dma-buf has no calls for a 32-bit program.'],
  ['offset-cut', 'ethosu', 'mapping.content', 'A 32-bit program loses the high half of an mmap offset.'],
];

export const narrow: MutantSource = ({ name }) =>
  FAULTS.filter(([, driver]) => driver === name).map(
    ([fault, driver, clause, summary]): Mutant => ({
      id: `narrow.${fault}`,
      class: 'C39',
      clauses: [clause],
      driver,
      summary,
      abi: 'i386',
      faults: { narrow: fault },
    }),
  );
