/** What a user wrote after `accel-uapi validate`, and the options of a run that it means. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checked, parseSource, validate as validateData } from '../../schemas/index.ts';
import { makeFolders } from '../extract/write-together.ts';
import type { Tier } from '../plan/case.ts';
import { UsageError } from '../run/usage-error.ts';
import type { ValidateOptions } from '../run/validate-options.ts';
import type { TraceFile } from '../trace/trace-file.ts';
import type { Format } from './formats.ts';
import { wholeNumber } from './numbers.ts';
import { readTraces } from './read-traces.ts';
import { version } from './version.ts';

export interface ValidateFlags {
  readonly select?: string;
  readonly seed: string;
  readonly runs: string;
  readonly rounds?: string;
  readonly budget?: string;
  readonly tier: Tier;
  readonly profile?: string;
  readonly header?: string;
  readonly descriptions?: string;
  readonly shard?: string;
  readonly require?: string;
  readonly format?: Format;
  readonly out?: string;
  readonly traces?: string;
  readonly recorded?: string;
  readonly claim?: string;
  readonly kernel?: string;
  readonly module?: readonly string[];
}

function duration(text: string): number {
  const match = /^(\d+)(ms|s|m|h)?$/.exec(text);
  if (!match)
    throw new UsageError(
      `--budget ${text} is no duration; expected a number with s, m or h, for example 60s`,
    );
  return (
    Number(match[1]) *
    { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[(match[2] ?? 's') as 'ms' | 's' | 'm' | 'h']
  );
}

function shardOf(text: string): { index: number; count: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || index < 1 || index > count)
    throw new UsageError(`--shard ${text} is no part; expected I/N with I from 1 to N, for example 2/4`);
  return { index, count };
}

/** Device parameters from the text of a file. */
export function parseProfile(
  path: string,
  content: string | Uint8Array,
): ReadonlyMap<string, bigint | string> {
  const values = checked(parseSource(path, content), data =>
    validateData<Record<string, number | string>>('profile', path, data),
  );
  return new Map(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'number' ? BigInt(value) : value]),
  );
}

function readProfile(path: string): ReadonlyMap<string, bigint | string> {
  let content: Uint8Array;
  try {
    content = readFileSync(path);
  } catch (error) {
    throw new UsageError(
      `--profile ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}; name a YAML or JSON file with device parameters`,
    );
  }
  return parseProfile(path, content);
}

/** Writes every trace into the folder; gives the file's path. */
function traceKeeper(folder: string): (name: string, file: TraceFile) => string {
  return (name, file) => {
    const path = join(folder, name);
    try {
      makeFolders(path);
      writeFileSync(path, `${JSON.stringify(file, null, 1)}\n`);
    } catch (error) {
      throw new UsageError(
        `--traces ${folder} cannot be written (${(error as NodeJS.ErrnoException).code}); name a folder that can`,
      );
    }
    return path;
  };
}

/** What describes the driver in the place of the collection, where the user has it. */
async function describedBy({ header, descriptions }: ValidateFlags, names: readonly string[]) {
  if (header === undefined && descriptions === undefined) return {};
  if (header !== undefined && descriptions !== undefined)
    throw new UsageError('--header and --descriptions both say what describes the driver; name one of them');
  if (names.length === 0)
    throw new UsageError('--header and --descriptions are about one driver; name a target that has it');
  const { readDescriptions, readHeaderFacts } = await import('./header-facts.ts');
  return header !== undefined
    ? { facts: await readHeaderFacts(header) }
    : { drivers: readDescriptions(descriptions!) };
}

/** What applications did, from a folder of recordings. */
async function recordedIn(folder: string | undefined, about: Pick<ValidateOptions, 'seed' | 'tier'>) {
  if (folder === undefined) return {};
  const { seedsOf } = await import('../record/seeds.ts');
  const traces = readTraces('--recorded', folder);
  const recorded: ValidateOptions['recorded'] = (target, identity) =>
    seedsOf(traces, target, identity, about);
  return { recorded };
}

/** What a claim cannot hold: it is one whole run, which has to come out the same when it is judged again. */
function refuseWithClaim({ claim, ...flags }: ValidateFlags, targets: number): void {
  if (claim === undefined) return;
  if (targets !== 1) throw new UsageError('--claim FILE is of one target; name one');
  for (const name of ['budget', 'shard', 'header', 'traces', 'recorded'] as const)
    if (flags[name] !== undefined)
      throw new UsageError(
        `--${name} does not go with --claim: a claim is one whole run that gives the same when it is judged again; leave one of them out`,
      );
}

/** What is the same for every target of a run. */
export type SharedOptions = Omit<ValidateOptions, 'select' | 'signal'>;

/** @param names the targets that were named; `all` of them, with those that are meant when none is */
export async function optionsOf(
  flags: ValidateFlags,
  names: readonly string[],
  all: readonly string[],
): Promise<SharedOptions> {
  const seed = wholeNumber('--seed', flags.seed, 0);
  const runs = wholeNumber('--runs', flags.runs, 0);
  const rounds = flags.rounds === undefined ? {} : { rounds: wholeNumber('--rounds', flags.rounds, 1) };
  const budget = flags.budget === undefined ? {} : { budget: duration(flags.budget) };
  const shard = flags.shard === undefined ? {} : { shard: shardOf(flags.shard) };
  if (flags.require !== undefined && flags.require !== 'must')
    throw new UsageError(`--require ${flags.require} is not known; expected --require must`);
  if (flags.format === 'ktap' && all.length > 1)
    throw new UsageError('--format ktap reports one target; name one, or use --format jsonl for several');
  refuseWithClaim(flags, all.length);
  const profile = flags.profile === undefined ? {} : { profile: readProfile(flags.profile) };
  const about = await describedBy(flags, names);
  const recorded = await recordedIn(flags.recorded, { seed, tier: flags.tier });
  return {
    seed,
    runs,
    ...rounds,
    ...budget,
    ...shard,
    ...profile,
    ...about,
    ...recorded,
    tier: flags.tier,
    requireMust: flags.require === 'must',
    ...(flags.traces === undefined ? {} : { keepTrace: traceKeeper(flags.traces) }),
    version,
    now: () => performance.now(),
  };
}
