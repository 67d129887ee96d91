/** `accel-uapi replay`: runs the program of a kept trace again and says what became of its difference. */
import { readFileSync } from 'node:fs';
import { catalogue, netlinkFamilies, type Program, type Trace } from '../../schemas/index.ts';
import { COMPARED } from '../compare/kept.ts';
import type { Difference } from '../judge/difference.ts';
import { type JudgeSetup, judge } from '../judge/judge.ts';
import type { NetlinkProfile } from '../netlink/profile.ts';
import { netlinkProfiles } from '../netlink/profiles.ts';
import { netlinkOutcome } from '../netlink/traces.ts';
import { identify } from '../run/identity.ts';
import type { Target } from '../run/target.ts';
import { UsageError } from '../run/usage-error.ts';
import { describe } from '../run/verdict.ts';
import { openTarget } from '../targets/open.ts';
import { igtProgram } from '../trace/c-igt.ts';
import { cProgram } from '../trace/c-program.ts';
import { mismatch } from '../trace/mismatch.ts';
import { loadTrace, readProgram, type TraceFile } from '../trace/trace-file.ts';
import { replayRecorded } from './replay-recorded.ts';

export interface ReplayFlags {
  readonly runs: string;
  readonly c?: boolean;
  readonly igt?: boolean;
  /** Where the smallest part of a recording that ends in another way goes. */
  readonly shrink?: string;
  readonly format?: 'pretty' | 'json';
}

export type Outcome = 'same' | 'other' | 'none';
export type ReplayVerdict = 'FIXED' | 'STILL' | 'DIFFERENT' | 'FLAKY';

function read(path: string): TraceFile {
  let content: Uint8Array;
  try {
    content = readFileSync(path);
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code}); name a file that validate --traces DIR or record wrote`,
    );
  }
  return loadTrace(path, content);
}

function isSame(file: TraceFile, difference: Difference): boolean {
  const { kind, call, expected, observed } = file.finding;
  if (difference.kind !== kind || difference.call?.name !== call) return false;
  return kind === 'bytes' || (difference.expected === expected && difference.observed === observed);
}

/** What the differences of one run say of the finding. */
export function outcomeOf(file: TraceFile, trace: Trace, setup: JudgeSetup): Outcome {
  const differences = judge(trace, setup).flatMap(judgement => judgement.differences);
  if (differences.some(difference => isSame(file, difference))) return 'same';
  return differences.length > 0 ? 'other' : 'none';
}

export function verdictOf(outcomes: readonly Outcome[]): ReplayVerdict {
  const kinds = new Set(outcomes);
  if (kinds.size > 1) return 'FLAKY';
  return kinds.has('same') ? 'STILL' : kinds.has('other') ? 'DIFFERENT' : 'FIXED';
}

interface Replayed {
  readonly file: TraceFile;
  readonly outcomes: readonly Outcome[];
  /** What differed in the last run. */
  readonly seen: readonly string[];
  readonly name: string;
  readonly release: string;
}

function tell(
  { file, outcomes, seen, name, release }: Replayed,
  flags: ReplayFlags,
  write: (text: string) => void,
): number {
  const verdict = verdictOf(outcomes);
  if (flags.format === 'json') {
    write(`${JSON.stringify({ verdict, outcomes, differences: seen })}\n`);
  } else {
    const { clause, instance, expected, observed } = file.finding;
    write(`${verdict}  ${clause} @ ${instance} on ${name} (${release})\n`);
    write(`  found    expected ${expected}, seen ${observed}\n`);
    const count = (kind: Outcome) => outcomes.filter(outcome => outcome === kind).length;
    write(
      `  now      ${outcomes.length} runs: ${count('same')} the same, ${count('other')} another, ${count('none')} no difference\n`,
    );
    if (verdict === 'DIFFERENT' || verdict === 'FLAKY')
      for (const text of seen) write(`  seen     ${text}\n`);
  }
  return verdict === 'FIXED' ? 0 : 1;
}

/** The same for a target that speaks a netlink family in the place of a node. */
async function replayNetlink(
  profile: NetlinkProfile,
  path: string,
  file: TraceFile,
  program: Program,
  { link, name }: Target,
  flags: ReplayFlags,
  write: (text: string) => void,
): Promise<number> {
  const { spec } = netlinkFamilies().get(profile.key)!;
  if (file.target.driver !== spec.name)
    throw new UsageError(
      `${path} comes from ${file.target.driver}, and ${name} speaks ${spec.name}; name a target of ${file.target.driver}`,
    );
  const peer = await profile.identify(link);
  const outcomes: Outcome[] = [];
  let seen: string[] = [];
  for (let run = 0; run < Number(flags.runs); run += 1) {
    const { same, differences } = await netlinkOutcome(profile, file, path, peer, await link.run(program));
    outcomes.push(same ? 'same' : differences.length > 0 ? 'other' : 'none');
    seen = differences.map(describe);
  }
  return tell({ file, outcomes, seen, name, release: link.hello.release }, flags, write);
}

export async function runReplay(
  path: string,
  targetName: string | undefined,
  flags: ReplayFlags,
  write: (text: string) => void,
): Promise<number> {
  const file = read(path);
  const { program, labels } = readProgram(file, path);
  const driver = catalogue().drivers.get(file.target.driver) ?? catalogue().core;
  if (flags.c && flags.igt) throw new UsageError('--c and --igt are two programs; name one of them');
  if (flags.c || flags.igt) {
    const option = flags.c ? '--c' : '--igt';
    // Without its lanes the program would be another one: what a lane waits for would never come.
    if (program.steps.some(({ op }) => op === 'parallel'))
      throw new UsageError(
        `${path} runs steps side by side, which ${option} cannot print; replay it without ${option}, on a target whose executor has lanes`,
      );
    write(
      flags.c ? cProgram(file, program, labels, driver) : igtProgram(path, file, program, labels, driver),
    );
    return 0;
  }
  // What it tells is that two targets differ, which one alone cannot show.
  if (file.finding.clause === COMPARED)
    throw new UsageError(
      `${path} comes from a comparison; print it with --c or --igt, or run it on two targets: accel-uapi compare A B --traces DIR`,
    );
  if (!/^[1-9]\d*$/.test(flags.runs))
    throw new UsageError(`--runs ${flags.runs} is no number of runs; expected 1 or more`);
  if (flags.shrink !== undefined && !file.recorded)
    throw new UsageError(
      `${path} is no recording, and what validate or compare keeps is small already; leave out --shrink`,
    );
  const name = targetName ?? file.target.name;
  const target = await openTarget(name);
  try {
    const profile = target.netlink === undefined ? undefined : netlinkProfiles.get(target.netlink);
    if (profile) return await replayNetlink(profile, path, file, program, target, flags, write);
    const identity = await identify(target.link, target.nodePath ? { nodePath: target.nodePath } : {});
    const { hello } = target.link;
    const why = mismatch(path, file, target, identity);
    if (why !== undefined) throw new UsageError(why);
    if (file.recorded) return await replayRecorded(file, program, labels, target, flags, write);
    const setup: JudgeSetup = {
      driver: identity.driver,
      abi: hello.abi,
      pageSize: hello.pageSize,
      params: identity.params,
      minor: identity.minor,
      nodePath: identity.nodePath,
    };
    await target.link.device?.(file.device ?? 'complete');
    const outcomes: Outcome[] = [];
    let last: Trace | undefined;
    for (let run = 0; run < Number(flags.runs); run += 1) {
      last = await target.link.run(program, undefined, { prompt: true });
      outcomes.push(outcomeOf(file, last, setup));
    }
    const seen = last ? judge(last, setup).flatMap(({ differences }) => differences.map(describe)) : [];
    return tell({ file, outcomes, seen, name, release: hello.release }, flags, write);
  } finally {
    await target.close();
  }
}
