/**
 * One job hangs, or fails, while others are there: they end without its error, and the device works afterwards for
 * every client. Where a job says itself how it ends, the first one fails; else the device hangs on the first.
 */
import { type CallDescription, type DeviceMood, type Trace, walk } from '../../schemas/index.ts';
import { payloads } from '../plan/payloads.ts';
import { DONE, type JobScene, type Play, WAIT_NS } from './job.ts';

export function blameScenes(call: CallDescription): Play[] {
  const mood: DeviceMood | undefined = payloads(call).some(({ moods }) => moods) ? undefined : 'hang-once';
  return [
    ['job.blame', call.name, blames, mood],
    ['job.recovery', `${call.name}.after`, recoversAfter, mood],
  ];
}

const culprit = (scene: JobScene) => scene.job('a job that fails', scene.fd, 1, 'fault');

/** Looks at the fence of a job that was just submitted, once the job is over. */
function ending(scene: JobScene, label: string, fd: JobScene['fd']): (trace: Trace) => string | undefined {
  const { written } = scene.job(label, fd);
  const dmaBuf = scene.export(written, fd);
  const sync = dmaBuf && scene.syncFile(dmaBuf);
  scene.probes.push(scene.waitFor(`wait for ${label}`, written, WAIT_NS, fd));
  if (!sync) return () => undefined;
  const status = scene.status(sync.fd);
  return trace => {
    const seen = status(trace);
    return seen === undefined || seen === DONE
      ? undefined
      : `the sync file of ${label} has the status ${seen}, expected 1 (done)`;
  };
}

function blames(scene: JobScene): void {
  const other = scene.open();
  culprit(scene);
  scene.look = ending(scene, 'a job of another client behind it', other);
}

function recoversAfter(scene: JobScene): void {
  const other = scene.open();
  const { written } = culprit(scene);
  scene.probes.push(scene.waitFor('wait for the job that fails', written, WAIT_NS));
  // Documentation/gpu/drm-uapi.rst:332: after a reset a driver should refuse more jobs of the context that it hit.
  const refused = walk(scene.submit.semantics.body).some(
    rule => 'check' in rule && 'model' in rule.when && rule.when.model === 'context_faulty',
  );
  const looks = (refused ? [other] : [scene.fd, other]).map(fd =>
    ending(scene, fd === other ? 'a job of another client' : 'the next job of the same client', fd),
  );
  scene.look = trace => looks.map(look => look(trace)).find(Boolean);
}
