/** One run: identify the target, plan, run every case, judge it, and tell the stream. */
import {
  type CallDescription,
  type CitedRule,
  errnoName,
  type Link,
  type LogRecord,
  printCondition,
  printOutput,
  ruleName,
  type StepResult,
  type Trace,
} from '../../schemas/index.ts';
import { type ClauseId, clause as clauseOf, clauses, type Level } from '../../spec/index.ts';
import { planCases } from '../families/index.ts';
import { randomCase } from '../families/model.ts';
import type { Difference } from '../judge/difference.ts';
import type { StepJudgement } from '../judge/follower.ts';
import { type JudgeSetup, judge } from '../judge/judge.ts';
import type { Case, Instance } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import type { EndEvent, Sink } from './events.ts';
import { explainer, inRange } from './explain.ts';
import { type Identity, identify, TargetError } from './identity.ts';
import { isFault, taintLetters } from './kernel-log.ts';
import { isNewer } from './release.ts';
import type { Selection } from './select.ts';
import { UsageError } from './usage-error.ts';
import {
  decide,
  describe,
  type Explain,
  levelOf,
  VERDICTS,
  type Verdict,
  type VerdictName,
  withDifferences,
} from './verdict.ts';

export interface Target {
  readonly name: string;
  readonly kind: string;
  readonly met: 'kernel' | 'model';
  readonly link: Link;
  readonly nodePath?: string;
  /** The driver that the target must have, when its name says so. */
  readonly driver?: string;
  /** What a dead machine's console said last, to tell a panic from a lost link. */
  postmortem?(): Promise<string>;
  close(): Promise<void>;
}

export interface ValidateOptions {
  readonly seed: number;
  /** Number of random programs. */
  readonly runs: number;
  /** Milliseconds for the random programs; replaces `runs`. */
  readonly budget?: number;
  readonly tier: 'observe' | 'reversible' | 'disturbing' | 'destructive';
  readonly select: Selection;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly profile?: ReadonlyMap<string, bigint | string>;
  readonly requireMust: boolean;
  readonly version: string;
  /** Set when the user interrupts: the run ends after the step that is under way. */
  readonly signal?: AbortSignal;
  readonly now: () => number;
}

/** Runs everything and gives the exit status; the stream always ends with `end`. */
export async function validate(target: Target, options: ValidateOptions, sink: Sink): Promise<EndEvent> {
  const wanted = {
    ...(target.nodePath ? { nodePath: target.nodePath } : {}),
    ...(target.driver ? { driver: target.driver } : {}),
    ...(options.profile ? { profile: options.profile } : {}),
  };
  const identity = await identify(target.link, wanted);
  return new Run(target, identity, options, sink).all();
}

/** Where a difference was seen. */
interface Source {
  readonly case: Case;
  readonly trace: Trace;
  readonly difference: Difference;
  readonly explain: Explain;
}

/** Findings that are told of one verdict; the rest is counted in its reason. */
const SHOWN = 3;

type Tally = { -readonly [K in VerdictName]: number };

class Run {
  private readonly context: PlanContext;
  private readonly setup: JudgeSetup;
  private readonly newer: boolean;
  private readonly tally = Object.fromEntries(VERDICTS.map(name => [name, 0])) as Tally;
  private readonly environmental: Record<string, number> = {};
  private readonly unclaimed = new Map<string, { probes: number; sources: Source[] }>();
  private readonly faults: { case: string; step: number; text: string }[] = [];
  private readonly stuck: { case: string; difference: Difference }[] = [];
  private readonly target: Target;
  private readonly identity: Identity;
  private readonly options: ValidateOptions;
  private readonly sink: Sink;
  private steps = 0;
  private mustViolated = false;
  private mustUnknown = false;
  private reached = 0;
  private taint: bigint;
  private current = '';

  constructor(target: Target, identity: Identity, options: ValidateOptions, sink: Sink) {
    this.target = target;
    this.identity = identity;
    this.options = options;
    this.sink = sink;
    const { hello } = target.link;
    const { driver, nodePath, minor, minors, params } = identity;
    const wanted: PlanContext['wanted'] = instance => options.select.has(instance as Instance);
    this.context = { driver, hello, nodePath, minor, minors, params, seed: options.seed, wanted };
    this.setup = { driver, abi: hello.abi, pageSize: hello.pageSize, params, minor, nodePath };
    this.newer = isNewer(hello.release, driver.manifest.kernel);
    this.taint = hello.taint;
  }

  async all(): Promise<EndEvent> {
    const { options } = this;
    const cases = this.plan();
    const random = this.wantsModel() ? options.runs : 0;
    this.announce(cases, random);
    let reason = '';
    try {
      for (const one of cases) await this.case(one);
      if (this.wantsModel()) await this.random();
      this.modelVerdicts();
    } catch (error) {
      reason = await this.failure(error as Error);
    }
    this.kernelVerdicts(reason);
    return this.end(reason);
  }

  private wantsModel(): boolean {
    return (
      this.context.driver.name !== 'drm' &&
      ioctls(this.context.driver).some(call =>
        this.options.select.has({ clause: 'model.outcome', instance: call.name }),
      )
    );
  }

  /** The cases of the selection, the tier and the shard. */
  private plan(): Case[] {
    const { select, shard, tier } = this.options;
    const selected = planCases(this.context)
      .map(one => ({ ...one, instances: one.instances.filter(instance => select.has(instance)) }))
      .filter(one => one.instances.length > 0 && (tier !== 'observe' || one.name === 'announced'));
    for (const clause of ['kernel.log', 'kernel.taint', 'kernel.alive'] as const)
      select.has({ clause, instance: 'kernel' });
    for (const call of ioctls(this.context.driver))
      select.has({ clause: 'model.outcome', instance: call.name });
    const [unused] = select.unused;
    if (unused !== undefined) {
      throw new UsageError(
        `--select ${unused} matches no clause instance of this target; accel-uapi list shows the clauses`,
      );
    }
    return selected.filter((_, index) => !shard || index % shard.count === shard.index - 1);
  }

  private announce(cases: readonly Case[], random: number): void {
    const { identity, target, options } = this;
    const { hello } = target.link;
    const text = (map: ReadonlyMap<string, bigint | string>) =>
      Object.fromEntries([...map].map(([name, value]) => [name, String(value)]));
    this.sink({
      event: 'run',
      kit: { name: 'accel-uapi', version: options.version },
      spec: { clauses: clauses.length, kernel: identity.driver.manifest.kernel },
      target: {
        name: target.name,
        kind: target.kind,
        release: hello.release,
        abi: hello.abi,
        driver: identity.version?.name ?? '',
        description: identity.driver.name === 'drm' ? 'core' : identity.driver.name,
        level: identity.driver.manifest.level,
        node: identity.nodePath,
        minor: identity.minor,
        bootId: hello.bootId,
        taint: taintLetters(hello.taint),
        newer: this.newer,
        met: target.met,
        params: text(identity.params),
        missing: Object.fromEntries(identity.missing),
      },
      deviations: inRange(identity.driver, hello.release).map(({ id, does, source }) => ({
        id,
        does,
        source,
      })),
      seed: options.seed,
      tier: options.tier,
      plan: {
        cases: cases.length,
        instances: cases.reduce((sum, one) => sum + one.instances.length, 0),
        random,
        steps: cases.reduce((sum, one) => sum + one.program.steps.length, 0),
      },
    });
  }

  private async run(one: Case): Promise<{ trace: Trace; judgements: StepJudgement[]; explain: Explain }> {
    this.current = `${one.family}/${one.name}`;
    if (this.options.signal?.aborted) throw new Error('interrupted');
    const onEvent = (event: StepResult | LogRecord) =>
      'text' in event ? this.log(one, event) : this.step(one, event);
    const trace = await this.target.link.run(one.program, onEvent);
    this.taint |= trace.end.taint;
    const judgements = judge(trace, this.setup);
    for (const judgement of judgements) {
      if (judgement.environmental)
        this.environmental[judgement.environmental] = (this.environmental[judgement.environmental] ?? 0) + 1;
      for (const difference of judgement.differences)
        if (difference.kind === 'status') this.stuck.push({ case: this.current, difference });
    }
    return { trace, judgements, explain: explainer(trace, this.setup, this.target.link.hello.release) };
  }

  private step(one: Case, result: StepResult): void {
    this.steps += 1;
    this.sink({
      event: 'step',
      case: this.current,
      step: result.step,
      label: one.labels[result.step] ?? '',
      status: result.status,
      ret: String(result.ret),
      errno: errnoName(result.errno),
      before: String(result.before),
      after: String(result.after),
    });
  }

  private log(_one: Case, record: LogRecord): void {
    this.sink({ event: 'log', case: this.current, ...record });
    if (isFault(record.text)) this.faults.push({ case: this.current, step: record.step, text: record.text });
  }

  private async case(one: Case): Promise<void> {
    if (one.program.steps.length === 0) {
      for (const instance of one.instances)
        this.verdict(
          decide(instance, emptyTrace(one), one.labels, [], this.newer, () => []),
          one,
        );
      return;
    }
    const { trace, judgements, explain } = await this.run(one);
    const claimed = new Set<Difference>();
    for (const instance of one.instances) {
      const verdict = decide(instance, trace, one.labels, judgements, this.newer, explain);
      for (const difference of verdict.differences) claimed.add(difference);
      const sources = verdict.differences.map((difference): [Difference, Source] => [
        difference,
        { case: one, trace, difference, explain },
      ]);
      this.verdict(verdict, one, new Map(sources));
    }
    this.collect(
      one,
      trace,
      judgements.flatMap(judgement => judgement.differences).filter(difference => !claimed.has(difference)),
      explain,
    );
    await this.stillAnswers(trace);
  }

  /** Differences that no clause instance of the case is about belong to the call as such. */
  private collect(one: Case, trace: Trace, differences: readonly Difference[], explain: Explain): void {
    for (const difference of differences) {
      if (!difference.call?.request || difference.kind === 'status') continue;
      this.entry(difference.call.name).sources.push({ case: one, trace, difference, explain });
    }
  }

  private entry(name: string) {
    let entry = this.unclaimed.get(name);
    if (!entry) {
      entry = { probes: 0, sources: [] };
      this.unclaimed.set(name, entry);
    }
    return entry;
  }

  private async random(): Promise<void> {
    const { budget, runs, now } = this.options;
    const start = now();
    for (let index = 0; budget === undefined ? index < runs : now() - start < budget; index += 1) {
      const one = randomCase(this.context, index);
      const { trace, judgements, explain } = await this.run(one);
      for (const judgement of judgements)
        if (judgement.call?.request && judgement.state === 'judged')
          this.entry(judgement.call.name).probes += 1;
      this.collect(
        one,
        trace,
        judgements.flatMap(judgement => judgement.differences),
        explain,
      );
      await this.stillAnswers(trace);
    }
  }

  private modelVerdicts(): void {
    for (const call of ioctls(this.context.driver)) {
      const instance = { clause: 'model.outcome' as const, instance: call.name };
      const entry = this.unclaimed.get(call.name);
      if (!this.options.select.has(instance) || (!entry && !this.wantsModel())) continue;
      const start = {
        ...instance,
        level: clauseOf('model.outcome').level,
        deviations: [],
        differences: [],
        probes: entry?.probes ?? 0,
      };
      if (!entry || (entry.probes === 0 && entry.sources.length === 0)) {
        this.verdict({ ...start, verdict: 'not reached', reason: 'no random program made this call' });
        continue;
      }
      const bySource = new Map(entry.sources.map(source => [source.difference, source]));
      const verdict =
        entry.sources.length === 0
          ? { ...start, verdict: 'conforms' as const, reason: '' }
          : withDifferences(start, [...bySource.keys()], difference =>
              bySource.get(difference)!.explain(difference),
            );
      this.verdict(verdict, bySource.get(verdict.differences[0]!)?.case, bySource);
    }
  }

  /** Stops the run when the device stopped to answer: what follows would blame the wrong call. */
  private async stillAnswers(trace: Trace): Promise<void> {
    if (trace.end.status === 'complete') return;
    const probe = await identify(this.target.link, { nodePath: this.identity.nodePath }).catch(error => {
      if (error instanceof TargetError) return undefined;
      throw error;
    });
    if (!probe?.version) throw new Error(`the device no longer answers after ${this.current}`);
  }

  private verdict(verdict: Verdict, one?: Case, sources?: ReadonlyMap<Difference, Source>): void {
    this.tally[verdict.verdict] += 1;
    if (verdict.verdict === 'violates' && verdict.level === 'MUST') this.mustViolated = true;
    if (verdict.verdict === 'unknown' && verdict.level === 'MUST') this.mustUnknown = true;
    if (['conforms', 'violates', 'violates (known)', 'drift'].includes(verdict.verdict)) this.reached += 1;
    const name = one ? `${one.family}/${one.name}` : '';
    for (const difference of verdict.differences.slice(0, SHOWN))
      this.finding(verdict, sources!.get(difference)!);
    if (one && verdict.look !== undefined) this.lookFinding(name, verdict);
    this.sink({
      event: 'verdict',
      clause: verdict.clause,
      instance: verdict.instance,
      level: verdict.level,
      verdict: verdict.verdict,
      reason: verdict.reason,
      probes: verdict.probes,
      deviations: verdict.deviations,
      ...(verdict.verdict === 'conforms' || name === '' ? {} : { trace: name }),
    });
  }

  private finding(verdict: Verdict, { case: one, trace, difference, explain }: Source): void {
    const name = `${one.family}/${one.name}`;
    const step = one.program.steps[difference.step]!;
    const argument = step.fills?.[0];
    const rule =
      difference.rule && difference.call ? describeRule(difference.call, difference.rule) : undefined;
    this.sink({
      event: 'finding',
      clause: verdict.clause,
      instance: verdict.instance,
      level: levelOf(verdict.clause, difference),
      case: name,
      step: difference.step,
      label: one.labels[difference.step] ?? '',
      kind: difference.kind,
      ...(rule ? { rule } : {}),
      expected: difference.expected,
      observed: difference.observed,
      sent: {
        op: step.op,
        ...(step.op === 'ioctl' && step.args[1]?.kind === 'const'
          ? { request: `0x${step.args[1].value.toString(16)}` }
          : {}),
        ...(argument
          ? {
              argument: [...argument.bytes.subarray(0, 64)]
                .map(byte => byte.toString(16).padStart(2, '0'))
                .join(''),
            }
          : {}),
      },
      deviations: explain(difference).map(known => known.id),
      log: trace.log.filter(record => record.step === difference.step).map(record => record.text),
      replay: this.replay(verdict.clause, verdict.instance),
    });
  }

  private lookFinding(name: string, verdict: Verdict): void {
    this.sink({
      event: 'finding',
      clause: verdict.clause,
      instance: verdict.instance,
      level: verdict.level,
      case: name,
      step: 0,
      label: '',
      kind: 'look',
      expected: clauseOf(verdict.clause).sentence,
      observed: verdict.look!,
      sent: { op: 'readfile' },
      deviations: [],
      log: [],
      replay: this.replay(verdict.clause, verdict.instance),
    });
  }

  private replay(clause: string, instance: string): string {
    const runs = clause === 'model.outcome' ? ` --runs ${this.options.runs}` : '';
    return `accel-uapi validate '${this.target.name}' --select '${clause}@${instance}' --seed ${this.options.seed}${runs}`;
  }

  /** What the log, the taint flags and stuck calls tell of the whole run. */
  private kernelVerdicts(reason: string): void {
    const { hello } = this.target.link;
    const give = (clause: ClauseId, verdict: VerdictName, why: string) => {
      if (this.options.select.has({ clause, instance: 'kernel' }) && this.steps > 0) {
        this.verdict({
          clause,
          instance: 'kernel',
          level: clauseOf(clause).level as Level,
          verdict,
          reason: why,
          deviations: [],
          differences: [],
          probes: this.steps,
        });
      }
    };
    const fault = this.faults[0];
    if (fault) give('kernel.log', 'violates', `${fault.case} step ${fault.step}: ${fault.text}`);
    else if (!hello.log) give('kernel.log', 'not reached', 'the kernel log cannot be read; run as root');
    else give('kernel.log', reason ? 'unknown' : 'conforms', reason);
    const tainted = this.taint & ~hello.taint;
    if (tainted) give('kernel.taint', 'violates', `new taint flags ${taintLetters(tainted)}`);
    else give('kernel.taint', reason ? 'unknown' : 'conforms', reason);
    const stuck = this.stuck[0];
    if (stuck) give('kernel.alive', 'violates', `${stuck.case}: ${describe(stuck.difference)}`);
    else give('kernel.alive', reason ? 'unknown' : 'conforms', reason);
  }

  /** A lost link is the kit's trouble, unless the machine's console tells of a panic. */
  private async failure(error: Error): Promise<string> {
    const console = await this.target.postmortem?.().catch(() => '');
    const line = console?.split('\n').find(isFault);
    if (line) this.faults.push({ case: this.current, step: -1, text: line.trim() });
    return error.message;
  }

  private end(reason: string): EndEvent {
    const aborted = this.options.signal?.aborted === true;
    const event: EndEvent = {
      event: 'end',
      complete: reason === '',
      reason: aborted ? 'interrupted' : reason,
      counts: this.tally,
      steps: this.steps,
      environmental: this.environmental,
      status: this.status(reason),
    };
    this.sink(event);
    return event;
  }

  private status(reason: string): number {
    if (this.mustViolated) return 1;
    if (reason !== '' || this.tally['kit error'] > 0) return 4;
    if (this.reached === 0) return 3;
    return this.options.requireMust && this.mustUnknown ? 3 : 0;
  }
}

function emptyTrace(one: Case): Trace {
  return { program: one.program, results: [], log: [], end: { status: 'complete', taint: 0n, stack: '' } };
}

/** What a finding says about the rule that was not followed. */
function describeRule(call: CallDescription, rule: CitedRule) {
  const says =
    'check' in rule
      ? `${rule.errno} when ${printCondition(rule.when)}`
      : 'set' in rule
        ? `${rule.set} is ${printOutput(rule.to)}`
        : 'memory is written as described';
  return { id: `${call.id}.${ruleName(rule)}`, basis: rule.basis, source: rule.source, says };
}

export type { Instance };
