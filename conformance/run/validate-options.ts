/** What a user may ask of a run. */
import type { Tier } from '../plan/case.ts';
import type { TraceFile } from '../trace/trace-file.ts';
import type { Selection } from './select.ts';

export interface ValidateOptions {
  readonly seed: number;
  /** Number of random programs. */
  readonly runs: number;
  /** Milliseconds for the random programs; replaces `runs`. */
  readonly budget?: number;
  /** How often a race is run on a kernel; ROUNDS without it. */
  readonly rounds?: number;
  readonly tier: Tier;
  readonly select: Selection;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly profile?: ReadonlyMap<string, bigint | string>;
  readonly requireMust: boolean;
  readonly version: string;
  /** Keeps the trace of a difference; gives where it is. */
  readonly keepTrace?: (name: string, file: TraceFile) => string;
  /** Set when the user interrupts: the run ends after the step that is under way. */
  readonly signal?: AbortSignal;
  readonly now: () => number;
}
