/** C18 and C28: what a descriptor of the node answers beside ioctls, and how long its client lives. */
import type { ClauseId } from '../../spec/index.ts';
import type { CoreFaults } from '../model/faults.ts';
import type { MutantSource } from './mutant.ts';
import { carriesCore } from './places.ts';

const POLLIN = 1n;

const FAULTS: readonly [name: string, kind: string, clause: ClauseId, faults: CoreFaults, summary: string][] =
  [
    [
      'read-nothing',
      'C13',
      'file.read',
      { onNode: op => (op === 'read' ? 0n : undefined) },
      'A read without an event returns 0, as at the end of a file.',
    ],
    [
      'always-readable',
      'C28',
      'file.poll',
      { onNode: op => (op === 'poll' ? POLLIN : undefined) },
      'A poll without an event says that there is something to read.',
    ],
    [
      'no-seek',
      'C13',
      'file.seek',
      { onNode: op => (op === 'lseek' ? 'ESPIPE' : undefined) },
      'A seek is refused with ESPIPE.',
    ],
    [
      'first-close',
      'C18',
      'file.fork',
      { forgetsFork: true },
      'A client goes with the first close after a fork, although the other process has it open.',
    ],
  ];

/** Only a driver with events has something to be told of. */
const neverReadable: MutantSource = ({ name: driver }) => [
  {
    id: 'file.never-readable',
    class: 'C28',
    clauses: ['file.poll'],
    driver,
    summary: 'A poll does not say that an event waits to be read.',
    ops: ['poll'],
    faults: { onNode: op => (op === 'poll' ? 0n : undefined) },
  },
];

export const file: MutantSource = driver =>
  driver.name === 'accelref'
    ? neverReadable(driver)
    : carriesCore(driver)
      ? FAULTS.map(([name, kind, clause, faults, summary]) => ({
          id: `file.${name}`,
          class: kind,
          clauses: [clause],
          driver: driver.name,
          summary,
          ...('forgetsFork' in faults
            ? { ops: ['fork'] as const }
            : { ops: ['read', 'poll', 'lseek', 'write'] as const }),
          faults,
        }))
      : [];
