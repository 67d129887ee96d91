/** One thread of the matrix; an empty list ends it. */
import { parentPort, workerData } from 'node:worker_threads';
import { mutantById } from '../../reference/index.ts';
import { type Baseline, baselineName, baselineOf } from './baseline.ts';
import { runMatrix } from './matrix.ts';
import type { FromWorker, SharedRun, ToWorker } from './parallel.ts';

const port = parentPort!;
const run = { ...(workerData as SharedRun), now: () => performance.now() };
const baselines = new Map<string, Baseline>();
const say = (message: FromWorker) => port.postMessage(message);

async function work(list: ToWorker): Promise<void> {
  for (const [place, { id, ...how }] of list) {
    const mutant = mutantById(id)!;
    const name = baselineName(mutant);
    if (!baselines.has(name)) {
      const baseline = await baselineOf(mutant, run);
      baselines.set(name, baseline);
      say({ kind: 'strict', driver: name, verdicts: baseline.verdicts });
    }
    const [row] = await runMatrix({ ...run, ...how, baselines, mutants: [mutant] });
    say({ kind: 'row', place, row: row! });
  }
}

port.on('message', (list: ToWorker) => {
  if (list.length === 0) {
    port.close();
    return;
  }
  work(list).then(
    () => say({ kind: 'ready' }),
    (error: Error) => say({ kind: 'failed', message: error.stack ?? error.message }),
  );
});
say({ kind: 'ready' });
