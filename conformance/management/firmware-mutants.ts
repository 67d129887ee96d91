/** Faults of a device that keeps its firmware, one at a time, with the clauses that each must die by. */
import type { ManagementFault } from '../../reference/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { ManagementMutant } from './control-mutants.ts';

const mutant = (
  fault: ManagementFault,
  summary: string,
  ...clauses: ClauseId[]
): ManagementMutant<ManagementFault> => ({ id: `management.${fault}`, fault, summary, clauses });

export const firmwareMutants: readonly ManagementMutant<ManagementFault>[] = [
  mutant('accepts-foreign', 'a file that is no image is taken', 'firmware.image'),
  mutant('accepts-truncated', 'an image that is cut off is taken', 'firmware.image', 'firmware.kept'),
  mutant('accepts-wrong-component', 'an image of another component is taken', 'firmware.image'),
  mutant('accepts-bad-digest', 'an image with a wrong digest is taken', 'firmware.image'),
  mutant('accepts-unsealed', 'an image that nobody has signed is taken', 'firmware.authentic'),
  mutant('accepts-unlisted', 'a component that there is not is taken', 'firmware.unlisted'),
  mutant('component-ignored', 'the component of the request is not looked at', 'firmware.component'),
  mutant('component-and-others', 'all components are written', 'firmware.component'),
  mutant('erases-first', 'the old image is erased before the new one is checked', 'firmware.kept'),
  mutant('failed-is-stored', 'what was refused is stored all the same', 'firmware.kept'),
  mutant('interrupted-half', 'a cut update leaves half an image', 'firmware.kept'),
  mutant('interrupted-runs', 'half an image runs after a cut update', 'firmware.kept'),
  mutant('interrupted-says-well', 'a cut update is told as success', 'firmware.interrupted'),
  mutant('error-unnamed', 'nothing says why an image is refused', 'firmware.named'),
  mutant('no-extack', 'refusals have no extended ack', 'firmware.named'),
  mutant('runs-at-once', 'an update runs before it is activated', 'firmware.activation', 'firmware.update'),
  mutant('activation-ignored', 'an activation changes nothing', 'firmware.activation'),
  mutant('activation-forgets', 'an activation stores the old image again', 'firmware.activation'),
  mutant('restart-forgets', 'a restart stores the old image again', 'firmware.activation'),
  mutant('restart-keeps-old', 'a restart does not bring what is stored', 'firmware.activation'),
  mutant('progress-back', 'progress goes back', 'firmware.progress-order'),
  mutant('progress-beyond', 'more is told than there is', 'firmware.progress-order'),
  mutant('total-moves', 'the total grows on the way', 'firmware.progress-order'),
  mutant('early-done', 'all is done from the first block on', 'firmware.progress-done'),
  mutant('no-progress', 'nothing tells how far an update is', 'firmware.progress'),
  mutant('end-twice', 'an update ends twice', 'firmware.end'),
  mutant('end-untold', 'an update has no end', 'firmware.end'),
  mutant('end-only-on-success', 'an update that fails has no end', 'firmware.end'),
  mutant('end-early', 'the end is told first', 'firmware.end'),
  mutant('begin-untold', 'an update has no begin', 'firmware.end'),
  mutant('refused-begins', 'what the core refuses is told as an update', 'firmware.end'),
  mutant(
    'overwrites-always',
    'settings and identifiers are overwritten without a mask',
    'firmware.overwrite',
  ),
  mutant('overwrites-never', 'the mask is not followed', 'firmware.overwrite'),
  mutant('overwrites-both', 'any mask overwrites both', 'firmware.overwrite'),
  mutant('updates-mixed', 'a second update is made in the middle of the first', 'firmware.one-at-a-time'),
  mutant('second-lost', 'a second update is acked and not made', 'firmware.one-at-a-time', 'firmware.update'),
  mutant('fixed-moves', 'an update changes what is told as fixed', 'firmware.fixed'),
  mutant('stored-hidden', 'stored versions are not told', 'firmware.listed'),
  mutant('running-hidden', 'running versions are not told', 'firmware.listed'),
  mutant('component-hidden', 'a component that can be updated is not told of', 'firmware.update'),
  mutant('unprivileged', 'anybody may update', 'firmware.privilege'),
];
