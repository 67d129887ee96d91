/** One thread of the matrix. */
import { parentPort, workerData } from 'node:worker_threads';
import { mutantById } from '../../reference/index.ts';
import { type Baseline, baselineOf } from './baseline.ts';
import { runMatrix } from './matrix.ts';
import type { FromWorker, WorkerStart } from './parallel.ts';

const { run, until } = workerData as WorkerStart;
const baselines = new Map<string, Baseline>();
const now = () => performance.now();
const say = (message: FromWorker) => parentPort!.postMessage(message);

parentPort!.on('message', async (ids: readonly string[]) => {
  if (ids.length === 0) {
    parentPort!.close();
    return;
  }
  try {
    for (const driver of new Set(ids.map(id => mutantById(id)!.driver))) {
      if (baselines.has(driver)) continue;
      const baseline = await baselineOf(driver, { ...run, now });
      baselines.set(driver, baseline);
      say({ kind: 'strict', driver, verdicts: baseline.verdicts });
    }
    const options = { ...run, ...(until ? { until } : {}), now, baselines };
    await runMatrix({ ...options, mutants: ids.map(id => mutantById(id)!) }, row =>
      say({ kind: 'row', row }),
    );
    say({ kind: 'ready' });
  } catch (error) {
    say({ kind: 'failed', message: (error as Error).stack ?? String(error) });
  }
});
say({ kind: 'ready' });
