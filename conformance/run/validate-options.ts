/** What a user may ask of a run. */
import type { DriverDescription, Facts } from '../../schemas/index.ts';
import type { judge } from '../judge/judge.ts';
import type { Case, Tier } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import type { Seeds } from '../record/seeds.ts';
import type { TraceFile } from '../trace/trace-file.ts';
import type { Identity } from './identity.ts';
import type { Selection } from './select.ts';
import type { Target } from './target.ts';

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
  /** Facts of the header that alone describes the driver, whatever the collection has. */
  readonly facts?: Facts;
  /** Descriptions of the user's own, which come before the collection's. */
  readonly drivers?: readonly DriverDescription[];
  /** What applications did, for the device that is found. */
  readonly recorded?: (target: Target, identity: Identity) => Seeds;
  readonly requireMust: boolean;
  readonly version: string;
  /** Keeps the trace of a difference; gives where it is. */
  readonly keepTrace?: (name: string, file: TraceFile) => string;
  /** Set when the user interrupts: the run ends after the step that is under way. */
  readonly signal?: Pick<AbortSignal, 'aborted'>;
  readonly now: () => number;
  /** The planned programs that run, in their order; all as planned without it. */
  readonly pick?: (cases: readonly Case[]) => readonly Case[];
  /** Asked before every program, random ones included: whether to leave it out. */
  readonly skip?: (one: Case) => boolean;
  /** Another judge than the plain one, such as one that remembers what it has seen before. */
  readonly judge?: typeof judge;
  /** Differences are not looked up among the deviations on record: nothing is known, all is told as it is. */
  readonly unexplained?: true;
  /** Where the random programs come from instead of a new draw. */
  readonly draw?: (context: PlanContext, index: number) => Case | undefined;
}
