/** The matrix on several threads: each takes the next mutants from its end of the list, until the list is empty. */
import { Worker } from 'node:worker_threads';
import type { VerdictName } from '../run/verdict.ts';
import type { MatrixOptions, MatrixRow } from './matrix.ts';
import type { MatrixRun } from './verdicts.ts';

/** What a thread is started with. */
export interface WorkerStart {
  readonly run: Omit<MatrixRun, 'now'>;
  readonly until?: MatrixOptions['until'];
}

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'row'; readonly row: MatrixRow }
  /** What the strict reference of a driver ended with, by `clause@instance`. */
  | { readonly kind: 'strict'; readonly driver: string; readonly verdicts: ReadonlyMap<string, VerdictName> }
  | { readonly kind: 'failed'; readonly message: string };

/** Mutants that a thread is given at a time: a driver's baseline is worth sharing, and no thread shall wait long. */
const CHUNK = 12;

/** Rows in the order of the ids, whichever thread made them. */
export async function parallelMatrix(
  ids: readonly string[],
  start: WorkerStart,
  threads: number,
  onRow: (row: MatrixRow) => void = () => {},
  onStrict: (driver: string, verdicts: ReadonlyMap<string, VerdictName>) => void = () => {},
): Promise<MatrixRow[]> {
  const left = [...ids];
  const rows = new Map<string, MatrixRow>();
  const work = (fromEnd: boolean) =>
    new Promise<void>((resolve, reject) => {
      const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
      const worker = new Worker(new URL(file, import.meta.url), { workerData: start });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'row') {
          rows.set(message.row.id, message.row);
          onRow(message.row);
        } else if (message.kind === 'strict') onStrict(message.driver, message.verdicts);
        else if (message.kind === 'failed') reject(new Error(message.message));
        else if (left.length === 0) worker.postMessage([]);
        else worker.postMessage(fromEnd ? left.splice(-CHUNK).reverse() : left.splice(0, CHUNK));
      });
    });
  await Promise.all(Array.from({ length: threads }, (_, index) => work(index % 2 === 1)));
  return ids.map(id => rows.get(id)!);
}
