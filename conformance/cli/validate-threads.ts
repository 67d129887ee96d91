/**
 * Several reference drivers at the same time, as many as there are processors. What is printed is the same as of one
 * after the other: each thread writes the report of its target, and the reports are put into the order of the targets.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { catalogue, checks } from '../../schemas/index.ts';
import type { Format, Screen } from './formats.ts';
import { InOrder } from './in-order.ts';
import type { Output } from './output.ts';
import { ticker } from './progress.ts';
import type { ValidateFlags } from './validate-flags.ts';

/** What the user wants, as every thread is told it. */
export interface ThreadRun {
  /** The targets that were named, and all that are meant. */
  readonly names: readonly string[];
  readonly targets: readonly string[];
  readonly flags: ValidateFlags;
  readonly format: Format;
  readonly screen: Screen;
}

export interface ThreadData extends ThreadRun {
  /** One number in memory that all share, not 0 once the user interrupts: a thread that is busy gets no messages. */
  readonly interrupted: Int32Array;
}

/** The place of the next target in the list. */
export type ToThread = number;

/** What an error means to the user; absent for a fault of the kit. */
export type Explained = { readonly status: number; readonly sentence: string } | undefined;

export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'text'; readonly place: number; readonly text: string }
  | { readonly kind: 'end'; readonly place: number; readonly status: number }
  | {
      readonly kind: 'failed';
      readonly place: number;
      readonly explained: Explained;
      readonly message: string;
      readonly stack: string | undefined;
    };

/** An error in a thread. */
export class FailedTarget extends Error {
  override name = 'FailedTarget';
  readonly explained: Explained;
  constructor({ message, stack, explained }: Extract<FromThread, { kind: 'failed' }>) {
    super(message);
    if (stack !== undefined) this.stack = stack;
    this.explained = explained;
  }
}

/** More threads than this wait for each other's memory. */
const MOST_THREADS = 4;

const threadsFor = (targets: readonly string[]) =>
  Math.min(availableParallelism(), MOST_THREADS, targets.length);

/** Whether targets may run beside each other: none meets a kernel or the clock, and no two write the same files. */
export function fitForThreads(targets: readonly string[], { budget, traces, claim }: ValidateFlags): boolean {
  const alone = budget !== undefined || traces !== undefined || claim !== undefined;
  return !alone && threadsFor(targets) > 1 && targets.every(name => name.startsWith('reference:'));
}

/** How much there is to do for a target: about as much as its driver has checks. */
function weight(name: string): number {
  const driver = catalogue().drivers.get(/^reference:([^,]*)/.exec(name)?.[1] ?? '');
  const calls = [...(driver?.calls.values() ?? [])];
  return calls.reduce((sum, { semantics }) => sum + checks(semantics.body).length, 0);
}

/** @param ended told of the exit status of each target that has run */
export async function validateInThreads(
  run: ThreadRun,
  out: Output,
  interrupt: AbortController,
  ended: (status: number) => void,
): Promise<void> {
  const { targets } = run;
  const live = ticker('validate', targets.length);
  const reports = new InOrder(text => {
    live.clear();
    out.write(text);
    if (out.gone) interrupt.abort();
  });
  const interrupted = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const data: ThreadData = { ...run, interrupted };
  // What takes longest begins first: no thread shall be left with it at the end.
  const left = [...targets.keys()].sort((a, b) => weight(targets[b]!) - weight(targets[a]!));
  /** Targets of which something is still to come. */
  const open = new Set(left);
  /** The first target that failed: what comes behind it does not count. */
  let failed: Extract<FromThread, { kind: 'failed' }> | undefined;
  const leaveOut = (place: number) => {
    open.delete(place);
    reports.end(place);
  };
  const onAbort = () => {
    Atomics.store(interrupted, 0, 1);
    for (const place of left.splice(0)) leaveOut(place);
  };
  interrupt.signal.addEventListener('abort', onAbort);
  const workers: Worker[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const hear = (worker: Worker, message: FromThread) => {
        if (message.kind === 'ready') {
          const next = left.shift();
          if (next !== undefined) worker.postMessage(next satisfies ToThread);
        } else if (message.kind === 'failed') {
          if (failed && failed.place < message.place) return;
          failed = message;
          for (const place of [...open]) if (place >= message.place) open.delete(place);
          for (const place of left.splice(0)) if (place < message.place) left.push(place);
        } else if (open.has(message.place)) {
          if (message.kind === 'text') reports.add(message.place, message.text);
          else {
            ended(message.status);
            live.next(targets[message.place]!);
            leaveOut(message.place);
          }
        }
        if (open.size === 0) resolve();
      };
      const file = import.meta.url.endsWith('.ts') ? './validate-thread.ts' : './validate-thread.js';
      for (let count = threadsFor(targets); count > 0; count -= 1) {
        const worker = new Worker(new URL(file, import.meta.url), { workerData: data });
        workers.push(worker);
        worker.on('message', (message: FromThread) => hear(worker, message));
        worker.on('error', reject);
      }
    });
  } finally {
    interrupt.signal.removeEventListener('abort', onAbort);
    live.stop();
    await Promise.all(workers.map(worker => worker.terminate()));
  }
  if (failed) throw new FailedTarget(failed);
}
