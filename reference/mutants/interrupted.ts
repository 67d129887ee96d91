/** Waits that miss what ends them (C26), and waits that a signal spoils (C27). */
import type { ClauseId } from '../../spec/index.ts';
import type { WaitFault } from '../model/faults.ts';
import type { MutantSource } from './mutant.ts';

const FAULTS: readonly (readonly [WaitFault, ClauseId, string])[] = [
  ['misses', 'race.wait', 'A wait that sleeps already misses what it waits for, and runs out.'],
  ['ignores-signals', 'interrupted.error', 'No signal interrupts a wait.'],
  [
    'scribbles',
    'interrupted.argument',
    'A wait that is interrupted has written into its argument, which is then passed again.',
  ],
  [
    'never-restarts',
    'interrupted.restart',
    'A wait ends with EINTR whatever the handler was installed with.',
  ],
  ['deaf-reads', 'interrupted.error', 'No signal interrupts a read.'],
  ['restarts-polls', 'interrupted.poll', 'A poll goes on after a signal when its handler has SA_RESTART.'],
  ['eats', 'interrupted.kept', 'A read that is interrupted takes what comes next, and nobody gets it.'],
  ['starts-anew', 'interrupted.deadline', 'A wait that goes on after a signal waits the whole time anew.'],
];

export const interrupted: MutantSource = ({ name: driver }) =>
  driver === 'accelref'
    ? FAULTS.map(([wait, clause, summary]) => ({
        id: `wait.${wait}`,
        class: wait === 'misses' ? 'C26' : 'C27',
        clauses: [clause],
        driver,
        summary,
        ops: [wait === 'misses' ? 'parallel' : 'signal'],
        faults: { wait },
      }))
    : [];
