/** `accel-uapi validate`: opens each target, runs everything, reports. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  catalogue,
  checked,
  modelledDrivers,
  parseSource,
  validate as validateData,
} from '../../schemas/index.ts';
import { makeFolders } from '../extract/write-together.ts';
import { LinkError } from '../link/index.ts';
import { validateNetlink } from '../netlink/validate.ts';
import type { Tier } from '../plan/case.ts';
import type { Sink } from '../run/events.ts';
import { TargetError } from '../run/identity.ts';
import { Selection } from '../run/select.ts';
import type { Target } from '../run/target.ts';
import { UsageError } from '../run/usage-error.ts';
import { validate } from '../run/validate.ts';
import type { ValidateOptions } from '../run/validate-options.ts';
import { openTarget } from '../targets/open.ts';
import type { TraceFile } from '../trace/trace-file.ts';
import { type Format, reportAs } from './formats.ts';
import { wholeNumber } from './numbers.ts';
import { Output } from './output.ts';
import { progress } from './progress.ts';
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

/** Runs a target and writes the claim; a run that was interrupted claims nothing. */
async function claimed(path: string, target: Target, options: ValidateOptions, select: string, sink: Sink) {
  const { makeClaim, writeClaim } = await import('../claim/index.ts');
  const find = (name: string) =>
    (options.drivers ?? [...catalogue().drivers.values()]).find(driver => driver.name === name);
  const { claim, end } = await makeClaim(target, options, select, find, sink);
  if (!options.signal?.aborted) writeClaim(path, claim);
  return end;
}

const NODE_ONLY = ['claim', 'recorded', 'profile', 'header', 'descriptions', 'budget', 'rounds'] as const;

/** What is about a device's node says nothing of a netlink family. */
function refuseWithNetlink(flags: ValidateFlags, name: string): void {
  for (const option of NODE_ONLY)
    if (flags[option] !== undefined)
      throw new UsageError(
        `--${option} is not for ${name}, which speaks netlink and has no node; leave it out`,
      );
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

/** Runs every target in turn; the worst exit status counts. */
export async function runValidate(names: readonly string[], flags: ValidateFlags): Promise<number> {
  const targets = names.length > 0 ? names : modelledDrivers().map(({ name }) => `reference:${name}`);
  const seed = wholeNumber('--seed', flags.seed, 0);
  const runs = wholeNumber('--runs', flags.runs, 0);
  const rounds = flags.rounds === undefined ? {} : { rounds: wholeNumber('--rounds', flags.rounds, 1) };
  const budget = flags.budget === undefined ? {} : { budget: duration(flags.budget) };
  const shard = flags.shard === undefined ? {} : { shard: shardOf(flags.shard) };
  if (flags.require !== undefined && flags.require !== 'must')
    throw new UsageError(`--require ${flags.require} is not known; expected --require must`);
  if (flags.format === 'ktap' && targets.length > 1)
    throw new UsageError('--format ktap reports one target; name one, or use --format jsonl for several');
  refuseWithClaim(flags, targets.length);
  const profile = flags.profile === undefined ? {} : { profile: readProfile(flags.profile) };
  const about = await describedBy(flags, names);
  const recorded = await recordedIn(flags.recorded, { seed, tier: flags.tier });
  const out = new Output(flags.out);
  const terminal = flags.out === undefined && process.stdout.isTTY === true;
  const format = flags.format ?? 'pretty';
  const interrupt = new AbortController();
  const onSignal = () => {
    // A second signal means now: nothing is waited for.
    if (interrupt.signal.aborted) process.exit(130);
    // The program that runs ends first: it puts back what it changed.
    interrupt.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  let status = 0;
  try {
    for (const name of targets) {
      const current = await openTarget(name, {
        ...(flags.kernel ? { kernel: flags.kernel } : {}),
        ...(flags.module ? { modules: flags.module } : {}),
      });
      const report = reportAs(format, out, terminal);
      const live = progress(name);
      const sink: Sink = event => {
        live.see(event);
        report(event);
        if (out.gone) interrupt.abort();
      };
      try {
        const options: ValidateOptions = {
          seed,
          runs,
          ...rounds,
          ...budget,
          ...shard,
          ...profile,
          ...about,
          ...recorded,
          tier: flags.tier,
          select: new Selection(flags.select),
          requireMust: flags.require === 'must',
          ...(flags.traces === undefined ? {} : { keepTrace: traceKeeper(flags.traces) }),
          version,
          signal: interrupt.signal,
          now: () => performance.now(),
        };
        const run = current.netlink === undefined ? validate : validateNetlink;
        if (current.netlink !== undefined) refuseWithNetlink(flags, name);
        const end =
          flags.claim === undefined
            ? await run(current, options, sink)
            : await claimed(flags.claim, current, options, flags.select ?? '', sink);
        status = Math.max(status, rank(end.status)) === rank(end.status) ? rank(end.status) : status;
      } finally {
        live.stop();
        await current.close();
      }
      if (interrupt.signal.aborted) break;
    }
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    out.close();
  }
  return unrank(status);
}

/** Which of two statuses counts: a violation, then a failure of the kit, then unknown. */
const ORDER = [0, 3, 4, 1];
const rank = (status: number) => ORDER.indexOf(status);
const unrank = (at: number) => ORDER[at] ?? 4;

/** The exit status for an error, and its sentence. */
export function explainError(error: unknown): { status: number; sentence: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  // Loading the virtual machine's code only to know its error would cost every other command.
  const kind = error.name === 'QemuError' ? (error as Error & { kind: string }).kind : '';
  if (error instanceof UsageError || error.name === 'InvalidData' || kind === 'no-machine')
    return { status: 2, sentence: error.message };
  if (error instanceof TargetError || error instanceof LinkError || kind !== '')
    return { status: 4, sentence: error.message };
  return undefined;
}
