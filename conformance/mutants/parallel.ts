/** The matrix on several threads: each takes the next mutants from its end of the list, until the list is empty. */
import { Worker } from 'node:worker_threads';
import type { VerdictName } from '../run/verdict.ts';
import type { MatrixOptions, MatrixRow } from './matrix.ts';
import type { MatrixRun } from './verdicts.ts';

/** A mutant by its id, and how it is looked at. */
export interface Trial extends Pick<MatrixOptions, 'until' | 'blind'> {
  readonly id: string;
}

/** What a thread is given: trials with their places in the list. */
export type ToWorker = readonly (readonly [place: number, trial: Trial])[];

/** What all runs share; the clock is the thread's own. */
export type SharedRun = Omit<MatrixRun, 'now'>;

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'row'; readonly place: number; readonly row: MatrixRow }
  /** What the strict reference of a driver ended with, by `clause@instance`. */
  | {
      readonly kind: 'strict';
      readonly driver: string;
      readonly verdicts: ReadonlyMap<string, VerdictName>;
    }
  | { readonly kind: 'failed'; readonly message: string };

export interface Listeners {
  readonly onRow?: (row: MatrixRow) => void;
  readonly onStrict?: (driver: string, verdicts: ReadonlyMap<string, VerdictName>) => void;
}

/** Mutants that a thread is given at a time: a driver's baseline is worth sharing, and no thread shall wait long. */
const CHUNK = 12;

/** Rows in the order of the trials, whichever thread made them. */
export async function parallelMatrix(
  trials: readonly Trial[],
  run: SharedRun,
  threads: number,
  { onRow, onStrict }: Listeners = {},
): Promise<MatrixRow[]> {
  const left = [...trials.entries()];
  const rows: MatrixRow[] = [];
  const work = (fromEnd: boolean) =>
    new Promise<void>((resolve, reject) => {
      const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
      const worker = new Worker(new URL(file, import.meta.url), { workerData: run });
      const next = (): ToWorker => (fromEnd ? left.splice(-CHUNK).reverse() : left.splice(0, CHUNK));
      const fail = (error: Error) => {
        // The other threads end with their chunk; one that has failed would wait for ever.
        left.length = 0;
        void worker.terminate();
        reject(error);
      };
      worker.on('error', fail);
      worker.on('exit', () => resolve());
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') worker.postMessage(next());
        else if (message.kind === 'strict') onStrict?.(message.driver, message.verdicts);
        else if (message.kind === 'failed') fail(new Error(message.message));
        else {
          rows[message.place] = message.row;
          onRow?.(message.row);
        }
      });
    });
  await Promise.all(Array.from({ length: threads }, (_, index) => work(index % 2 === 1)));
  return rows;
}
