/** Faults in what a device tells of its health, one at a time, with the clauses that each must die by. */
import type { ManagementFault } from '../../reference/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { ManagementMutant } from './control-mutants.ts';

const mutant = (
  fault: ManagementFault,
  summary: string,
  ...clauses: ClauseId[]
): ManagementMutant<ManagementFault> => ({ id: `management.${fault}`, fault, summary, clauses });

export const healthMutants: readonly ManagementMutant<ManagementFault>[] = [
  mutant('reporter-hidden', 'a dump leaves a reporter out', 'health.listed'),
  mutant('error-uncounted', 'an error is not counted', 'health.counts'),
  mutant('error-counted-twice', 'an error is counted twice', 'health.counts', 'health.told'),
  mutant('recovery-uncounted', 'a recovery is not counted', 'health.counts'),
  mutant('recovers-healthy', 'what is healthy recovers', 'health.counts'),
  mutant('failed-recovery-heals', 'a recovery that fails heals', 'health.state'),
  mutant('clear-heals', 'clearing a dump heals', 'health.state', 'health.apart'),
  mutant('reload-heals-untold', 'a reload heals and tells nobody', 'health.state', 'health.told'),
  mutant('error-everywhere', 'an error of one reporter is one of all', 'health.apart'),
  mutant('error-untold', 'nobody is told of an error', 'health.told'),
  mutant('recovery-untold', 'nobody is told of a recovery', 'health.told'),
  mutant('told-twice', 'everything is told twice', 'health.told'),
  mutant('auto-recover-ignored', 'the device does not recover by itself', 'health.by-itself'),
  mutant('grace-ignored', 'the device recovers by itself again and again', 'health.grace'),
  mutant('dump-replaced', 'a second error takes the dump of the first', 'health.dump'),
  mutant('dump-consumed', 'a dump is gone when it was read', 'health.dump'),
  mutant('dump-of-another', 'the dump of another reporter is given', 'health.dump'),
  mutant('auto-dump-ignored', 'no dump is taken of an error', 'health.dump'),
  mutant('clear-ignored', 'a dump cannot be cleared', 'health.dump'),
  mutant('coredump-missing', 'a failure leaves no coredump', 'health.coredump'),
  mutant('coredump-replaced', 'a second failure takes the coredump of the first', 'health.coredump'),
  mutant('coredump-changes', 'a coredump changes when the device recovers', 'health.coredump'),
  mutant('coredump-stays', 'a coredump cannot be given up', 'health.coredump'),
  mutant('coredump-of-good', 'a recovery leaves a coredump', 'health.coredump'),
  mutant('del-untold', 'nobody is told that the device has gone', 'health.gone'),
  mutant('new-untold', 'nobody is told that the device is there', 'health.gone'),
  mutant('gone-is-listed', 'a device that has gone still answers', 'health.gone'),
  mutant('wedged-untold', 'a device is given up and nobody is told', 'health.wedged'),
  mutant('wedged-twice', 'it is told twice that a device is given up', 'health.wedged'),
  mutant('wedged-by-any-error', 'an error that the device recovers from is told as its end', 'health.wedged'),
  mutant('wedged-of-parent', 'not the node but its parent is told of as given up', 'health.wedged'),
  mutant('wedged-when-gone', 'a device that has gone is told of as given up', 'health.wedged'),
  mutant('wedged-harshest-first', 'the way back with most effects comes first', 'health.ways-back'),
  mutant('wedged-own-word', 'a way back has a word of the driver', 'health.ways-back'),
  mutant('wedged-none-beside', 'none stands beside ways back', 'health.ways-back'),
  mutant('unprivileged', 'anybody may recover and clear', 'health.privilege'),
];
