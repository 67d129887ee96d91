/** One run over a peer that speaks a netlink family: the cases, random requests, and what the kernel log said meanwhile. */

import {
  type LogRecord,
  type NetlinkDeviation,
  netlinkFamilies,
  type StepResult,
  type Trace,
} from '../../schemas/index.ts';
import { clause as clauseOf } from '../../spec/index.ts';
import type { Difference } from '../judge/difference.ts';
import type { StepJudgement } from '../judge/follower.ts';
import { LinkError } from '../link/link-error.ts';
import type { Case, Instance } from '../plan/case.ts';
import type { EndEvent, Sink } from '../run/events.ts';
import { KERNEL_CLAUSES, KernelWatch } from '../run/kernel-watch.ts';
import { isNewer } from '../run/release.ts';
import { caseName, Reporter, type Source } from '../run/reporter.ts';
import type { Target } from '../run/target.ts';
import { UsageError } from '../run/usage-error.ts';
import { validate } from '../run/validate.ts';
import type { ValidateOptions } from '../run/validate-options.ts';
import { decide, type Explain, type Verdict, withDifferences } from '../run/verdict.ts';
import { traceName } from '../trace/keep.ts';
import { deviationsOf, familyAsDriver } from './description.ts';
import type { NetlinkPeer, NetlinkProfile } from './profile.ts';
import { netlinkProfiles } from './profiles.ts';
import { netlinkTrace } from './traces.ts';

const RANDOM = 'model.outcome';

/** What runs everything on a target, by what it speaks. */
export const validatorOf = ({ netlink }: Target): typeof validate =>
  netlink === undefined ? validate : validateNetlink;

export async function validateNetlink(
  target: Target,
  options: ValidateOptions,
  sink: Sink,
): Promise<EndEvent> {
  const profile = netlinkProfiles.get(target.netlink!)!;
  const peer = await profile.identify(target.link);
  return new NetlinkRun(target, profile, peer, options, sink).all();
}

/** What the recorded deviations make of a trace: those with which a difference is gone explain it. */
async function explain(
  profile: NetlinkProfile,
  trace: Trace,
  peer: NetlinkPeer,
  deviations: readonly NetlinkDeviation[],
): Promise<Explain> {
  const gone: { deviation: NetlinkDeviation; left: readonly Difference[] }[] = [];
  for (const deviation of deviations) {
    const judged = await profile.judge(trace, peer, [deviation.fault]);
    gone.push({ deviation, left: judged.flatMap(({ differences }) => differences) });
  }
  return difference =>
    gone
      .filter(
        ({ left }) => !left.some(other => other.step === difference.step && other.field === difference.field),
      )
      .map(({ deviation: { id, clause } }) => ({ id, clause: clause as Instance['clause'], stale: false }));
}

interface Ran {
  readonly trace: Trace;
  readonly judgements: readonly StepJudgement[];
  readonly explain: Explain;
}

class NetlinkRun {
  private readonly target: Target;
  private readonly profile: NetlinkProfile;
  private readonly peer: NetlinkPeer;
  private readonly options: ValidateOptions;
  private readonly reporter: Reporter;
  private readonly watch: KernelWatch;
  private readonly deviations: readonly NetlinkDeviation[];
  private readonly newer: boolean;
  private readonly operations: readonly string[];

  constructor(
    target: Target,
    profile: NetlinkProfile,
    peer: NetlinkPeer,
    options: ValidateOptions,
    sink: Sink,
  ) {
    const family = netlinkFamilies().get(profile.key)!;
    const { hello } = peer;
    this.target = target;
    this.profile = profile;
    this.peer = peer;
    this.options = options;
    this.deviations = deviationsOf(family, hello.release);
    this.newer = isNewer(hello.release, family.kernel);
    this.operations = profile.operations;
    const driver = familyAsDriver(family);
    const identity = {
      driver,
      version: { name: driver.name, desc: '', major: 1n, minor: 0n, patchlevel: 0n },
      nodePath: `generic netlink ${driver.name}`,
      minor: 0,
      minors: [],
      params: profile.params(peer),
      missing: new Map<string, string>(),
    };
    this.reporter = new Reporter(target, identity, options, sink);
    this.watch = new KernelWatch(hello, []);
  }

  async all(): Promise<EndEvent> {
    const cases = this.chosen();
    const random = this.operations.some(name => this.options.select.has({ clause: RANDOM, instance: name }));
    this.reporter.announce(cases, random ? this.options.runs : 0);
    let cut = '';
    let done = 0;
    const found: Found[] = [];
    let programs = 0;
    try {
      for (const one of cases) {
        await this.case(one);
        done += 1;
      }
      for (; random && programs < this.options.runs; programs += 1)
        found.push(...(await this.random(this.profile.random(this.peer, this.options.seed, programs))));
    } catch (error) {
      if (!(error instanceof LinkError) && (error as Error).message !== 'interrupted') throw error;
      cut = (error as Error).message;
      for (const one of cases.slice(done)) this.reporter.notRun(one, cut);
    }
    if (random) await this.randomVerdicts(found, programs, cut);
    if (this.reporter.steps > 0)
      for (const verdict of this.watch.verdicts(this.reporter.steps, cut))
        if (this.options.select.has(verdict)) this.reporter.verdict(verdict);
    return this.reporter.end(cut);
  }

  private chosen(): Case[] {
    const { select, shard } = this.options;
    const cases = this.profile
      .cases(this.peer)
      .map(one => ({ ...one, instances: one.instances.filter(instance => select.has(instance)) }))
      .filter(one => one.instances.length > 0);
    for (const clause of KERNEL_CLAUSES) select.has({ clause, instance: 'kernel' });
    for (const instance of this.operations) select.has({ clause: RANDOM, instance });
    const [unused] = select.unused;
    if (unused !== undefined)
      throw new UsageError(
        `--select ${unused} matches no clause instance of this target; accel-uapi list shows the clauses`,
      );
    return cases.filter((_, index) => !shard || index % shard.count === shard.index - 1);
  }

  private async run(one: Case): Promise<Ran> {
    if (this.options.signal?.aborted) throw new Error('interrupted');
    const name = caseName(one);
    const trace = await this.target.link.run(one.program, (event: StepResult | LogRecord) => {
      if (!('text' in event)) return this.reporter.step(name, one, event);
      this.reporter.log(name, event);
      this.watch.log(name, event);
    });
    this.watch.tainted(trace.end.taint);
    const judgements = await this.profile.judge(trace, this.peer);
    for (const { environmental, differences } of judgements) {
      if (environmental) this.reporter.caused(environmental);
      for (const difference of differences) this.watch.difference(name, difference);
    }
    const differs = judgements.some(({ differences }) => differences.length > 0);
    const explains =
      differs && !this.options.unexplained
        ? await explain(this.profile, trace, this.peer, this.deviations)
        : () => [];
    return { trace, judgements, explain: explains };
  }

  private async case(one: Case): Promise<void> {
    const { trace, judgements, explain } = await this.run(one);
    for (const instance of one.instances) {
      const verdict = decide(instance, trace, one.labels, judgements, this.newer, explain);
      const sources = sourcesOf(verdict.differences, { case: one, trace, explain });
      await this.keep(verdict, sources);
      this.reporter.verdict(verdict, one, sources);
    }
  }

  private async random(one: Case): Promise<Found[]> {
    const { trace, judgements, explain } = await this.run(one);
    return judgements.flatMap(({ differences }) =>
      differences.map(difference => ({ difference, source: { case: one, trace, difference, explain } })),
    );
  }

  /** Keeps the first difference of a verdict as a trace of its own. */
  private async keep(verdict: Verdict, sources: ReadonlyMap<Difference, Source>): Promise<void> {
    const { keepTrace, version } = this.options;
    const [difference] = verdict.differences;
    const source = difference && sources.get(difference);
    if (!keepTrace || !source || difference.kind === 'status') return;
    const { clause, instance } = verdict;
    const about = { kit: version, target: this.target.name };
    const found = { clause, instance, case: source.case, difference };
    const file = await netlinkTrace(this.profile, this.peer, found, this.target.link, about);
    this.reporter.kept(verdict, keepTrace(traceName(found), file));
  }

  private async randomVerdicts(found: readonly Found[], programs: number, cut: string): Promise<void> {
    for (const instance of this.operations) {
      if (!this.options.select.has({ clause: RANDOM, instance })) continue;
      const own = found.filter(({ difference }) => (difference.field ?? '').endsWith(` ${instance}`));
      const start = {
        clause: RANDOM as Instance['clause'],
        instance,
        level: clauseOf(RANDOM as Instance['clause']).level,
        deviations: [],
        differences: [],
        probes: programs,
      };
      const sources = new Map(own.map(({ difference, source }) => [difference, source]));
      const explain: Explain = difference => sources.get(difference)!.explain(difference);
      const verdict: Verdict =
        own.length > 0
          ? withDifferences(
              start,
              own.map(({ difference }) => difference),
              explain,
            )
          : programs === 0
            ? { ...start, verdict: 'not reached', reason: cut || 'no random program ran' }
            : cut
              ? { ...start, verdict: 'unknown', reason: cut }
              : { ...start, verdict: 'conforms', reason: '' };
      await this.keep(verdict, sources);
      this.reporter.verdict(verdict, sources.get(verdict.differences[0]!)?.case, sources);
    }
  }
}

interface Found {
  readonly difference: Difference;
  readonly source: Source;
}

function sourcesOf(
  differences: readonly Difference[],
  where: Omit<Source, 'difference'>,
): ReadonlyMap<Difference, Source> {
  return new Map(differences.map(difference => [difference, { ...where, difference }]));
}
