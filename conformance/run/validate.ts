/** One run: identify the target, plan, run every case, judge it, and tell the stream. */
import { nodeKindOf, nodeNames } from '../../reference/index.ts';
import type { Deviation, LogRecord, Program, StepResult, Trace } from '../../schemas/index.ts';
import { Draw } from '../families/draw.ts';
import { planCases } from '../families/index.ts';
import type { Difference } from '../judge/difference.ts';
import type { JudgeSetup } from '../judge/judge.ts';
import { LinkError } from '../link/link-error.ts';
import { type Case, type Instance, isPrompt } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { outlook } from '../plan/outlook.ts';
import { traceName, traceOf } from '../trace/keep.ts';
import { findMinor } from './binding.ts';
import { Chosen } from './chosen.ts';
import { withWholeWaits } from './early-wait.ts';
import { emptyTrace, firstWithout } from './empty-trace.ts';
import { ErrnoWatch } from './errno-watch.ts';
import type { EndEvent, Sink } from './events.ts';
import { explainer, inRange, knownLook } from './explain.ts';
import { FetchWatch } from './fetch-watch.ts';
import { type Identity, identify, TargetError } from './identity.ts';
import { judged } from './judged.ts';
import { faultIn } from './kernel-log.ts';
import { KernelWatch } from './kernel-watch.ts';
import { findPlace, type Place } from './place.ts';
import { isNewer } from './release.ts';
import { caseName, Reporter, type Source } from './reporter.ts';
import { inRounds, often, type Ran, type Rate, ROUNDS, rated } from './rounds.ts';
import type { Target } from './target.ts';
import { Unclaimed } from './unclaimed.ts';
import type { ValidateOptions } from './validate-options.ts';
import { decide, type Verdict } from './verdict.ts';

/** Runs everything and gives the exit status; the stream always ends with `end`. */
export async function validate(target: Target, options: ValidateOptions, sink: Sink): Promise<EndEvent> {
  const wanted = {
    ...(target.nodePath ? { nodePath: target.nodePath } : {}),
    ...(target.driver ? { driver: target.driver } : {}),
    ...(options.profile ? { profile: options.profile } : {}),
    ...(options.facts ? { facts: options.facts } : {}),
    ...(options.drivers ? { drivers: options.drivers } : {}),
  };
  const found = await identify(target.link, wanted);
  const { identity, cases: seeds } = options.recorded?.(target, found) ?? { identity: found, cases: [] };
  const place = await findPlace(target.link, identity, options.tier);
  return new Run(target, identity, options, sink, place).all(seeds);
}

/** A machine that goes down more often than this has been shown enough. */
const MOST_BOOTS = 8;
/** The machine runs, and its device does not answer. */
class DeviceLost extends Error {
  override name = 'DeviceLost';
}

class Run {
  private context: PlanContext;
  private setup: JudgeSetup;
  /** The same cases for another node, once the device has moved; by name. */
  private moved: ReadonlyMap<string, Case> | undefined;
  private readonly newer: boolean;
  private readonly unclaimed = new Unclaimed();
  private readonly target: Target;
  private readonly options: ValidateOptions;
  private readonly reporter: Reporter;
  private readonly watch: KernelWatch;
  private readonly errnos: ErrnoWatch;
  private readonly fetches: FetchWatch;
  private readonly chosen: Chosen;
  private current = '';
  /** The verdicts of the current case are told. */
  private judged = false;
  /** How often the machine was booted again. */
  private boots = 0;
  /** The deviations on record for the target's kernel. */
  private readonly recorded: readonly Deviation[];
  /** Where the node was before a device moved: a machine that was booted again has it there. */
  private readonly start: { readonly context: PlanContext; readonly setup: JudgeSetup };

  constructor(target: Target, identity: Identity, options: ValidateOptions, sink: Sink, where: Place) {
    this.target = target;
    this.options = options;
    const { hello } = target.link;
    const { driver, nodePath, minor, minors, params } = identity;
    const wanted: PlanContext['wanted'] = instance =>
      options.select.has(instance as Instance) || this.chosen.watchOnly;
    const everything = options.select.all ? {} : { wanted };
    const device = { nodePath, minor, minors, params, ...where };
    this.context = { driver, hello, ...device, seed: options.seed, ...everything };
    this.setup = { driver, abi: hello.abi, pageSize: hello.pageSize, params, minor, nodePath };
    this.newer = isNewer(hello.release, driver.manifest.kernel);
    this.reporter = new Reporter(target, identity, options, sink, where.managed !== undefined);
    this.recorded = inRange(driver, hello.release);
    this.watch = new KernelWatch(hello, this.recorded);
    this.errnos = new ErrnoWatch(driver);
    this.fetches = new FetchWatch(driver, target.link);
    this.chosen = new Chosen(options, driver, this.fetches.instances);
    this.start = { context: this.context, setup: this.setup };
  }

  async all(seeds: readonly Case[]): Promise<EndEvent> {
    const planned = this.chosen.cases(this.context);
    // What may leave the device in another state comes when all others are through.
    const quiet = planned.filter(one => !isPrompt(one));
    const disturbing = planned.filter(isPrompt);
    const cases = [...quiet, ...disturbing];
    this.reporter.announce(cases, this.chosen.model ? this.options.runs + seeds.length : 0);
    let cut = '';
    let done = 0;
    try {
      for (const one of quiet) {
        await this.outliving(one, () => this.case(one));
        done += 1;
      }
      if (this.chosen.model) await this.random(seeds);
      for (const one of disturbing) {
        await this.outliving(one, () => this.case(this.here(one)));
        done += 1;
      }
    } catch (error) {
      cut = await this.failure(error as Error);
      for (const one of cases.slice(done)) this.reporter.notRun(one, cut);
    }
    await this.modelVerdicts(cut);
    for (const { verdict, sources } of this.errnos.verdicts(cut))
      if (this.reporter.steps > 0 && this.options.select.has(verdict))
        this.reporter.verdict(verdict, sources.get(verdict.differences[0]!)?.case, sources);
    if (this.reporter.steps > 0) {
      for (const verdict of [...this.fetches.verdicts(cut), ...this.watch.verdicts(this.reporter.steps, cut)])
        if (this.options.select.has(verdict)) this.reporter.verdict(verdict);
    }
    return this.reporter.end(cut);
  }

  private async run(one: Case): Promise<Ran> {
    this.current = caseName(one);
    if (this.options.signal?.aborted) throw new Error('interrupted');
    const onEvent = (event: StepResult | LogRecord) => {
      if (!('text' in event)) return this.reporter.step(this.current, one, event);
      this.reporter.log(this.current, event);
      this.watch.log(this.current, event);
    };
    const once = () => this.once(one, onEvent);
    const first = await once();
    // The clock of the reference is never late, and what a disturbing case did would have to be undone.
    const whole = this.target.kind !== 'reference' && !isPrompt(one);
    const ran = whole ? await withWholeWaits(first, each => each.explain, once) : first;
    const { trace, judgements, explain } = ran;
    this.watch.tainted(trace.end.taint);
    this.reporter.coverage.see(trace, judgements);
    this.fetches.see(this.current, trace, judgements);
    const signals = one.program.steps.some(({ op }) => op === 'signal');
    for (const { environmental, differences } of judgements) {
      // An interruption that the program itself caused is none of the machine's.
      if (environmental && !(environmental === 'EINTR' && signals)) this.reporter.caused(environmental);
      for (const difference of differences) this.watch.difference(this.current, difference);
    }
    this.errnos.see(one, trace, judgements, explain);
    return ran;
  }

  private async once(one: Case, onEvent: (event: StepResult | LogRecord) => void): Promise<Ran> {
    await this.target.link.device?.(one.device ?? 'complete');
    const trace = await this.target.link.run(one.program, onEvent, { prompt: isPrompt(one) });
    const { judge, unexplained } = this.options;
    const { judgements, setup } = judge
      ? { judgements: judge(trace, this.setup), setup: this.setup }
      : judged(trace, this.setup, unexplained ? [] : this.recorded);
    const explain = unexplained ? () => [] : explainer(trace, setup, this.target.link.hello.release);
    return { trace, judgements, explain };
  }

  /** Keeps the first difference of a verdict as a trace of its own. */
  private async keep(verdict: Verdict, sources: ReadonlyMap<Difference, Source>): Promise<void> {
    const { keepTrace, version } = this.options;
    const [difference] = verdict.differences;
    const source = difference && sources.get(difference);
    if (!keepTrace || !source || difference.kind === 'status') return;
    const found = {
      clause: verdict.clause,
      instance: verdict.instance,
      case: source.case,
      difference,
    };
    const about = { kit: version, target: this.target.name };
    const file = await traceOf(found, this.target.link, this.setup, about);
    this.reporter.kept(verdict, keepTrace(traceName(found), file));
  }

  private async case(one: Case): Promise<void> {
    const cannot =
      one.device && !this.target.link.device
        ? `nothing here makes the device end its jobs so: ${one.device}`
        : undefined;
    if (one.program.steps.length === 0 || cannot !== undefined) {
      const instances = one.instances.map(each =>
        cannot === undefined ? each : { ...each, notReached: cannot },
      );
      for (const instance of instances)
        this.reporter.verdict(
          decide(instance, emptyTrace(one), one.labels, [], this.newer, () => []),
          one,
        );
      return;
    }
    this.judged = false;
    const { trace, judgements, explain, rate } = await this.confirmed(one);
    this.judged = true;
    const ran = { ...one, program: trace.program };
    const claimed = new Set<Difference>();
    for (const instance of one.instances) {
      const seen = decide(instance, trace, one.labels, judgements, this.newer, explain);
      const known = this.options.unexplained ? seen : knownLook(seen, trace, this.current, this.recorded);
      const verdict = rate ? rated(known, rate) : known;
      for (const difference of verdict.differences) claimed.add(difference);
      const sources = verdict.differences.map((difference): [Difference, Source] => [
        difference,
        { case: ran, trace, difference, explain, ...(rate ? { often: often(rate) } : {}) },
      ]);
      await this.keep(verdict, new Map(sources));
      this.reporter.verdict(verdict, one, new Map(sources));
    }
    const differences = judgements.flatMap(judgement => judgement.differences);
    const rest = differences.filter(difference => !claimed.has(difference));
    this.unclaimed.collect(ran, trace, rest, explain);
    if (one.restore) await this.restored(one.restore);
    else await this.stillAnswers(trace);
  }

  private here(one: Case): Case {
    return this.moved?.get(caseName(one)) ?? one;
  }

  /** Puts back what a disturbing case changed, when it did not do so itself. */
  private async restored(program: Program): Promise<void> {
    if (await this.answers()) return;
    if (await this.follow()) return;
    await this.target.link.run(program);
    if ((await this.answers()) || (await this.follow())) return;
    throw new DeviceLost(`${this.context.nodePath} did not come back after ${this.current}`);
  }

  /** A device whose old number is still taken, by a leak of its driver, comes back with another one. */
  private async follow(): Promise<boolean> {
    const { binding, nodePath, minor, minors } = this.context;
    const found = binding && (await findMinor(this.target.link, nodePath, binding));
    if (found === undefined || found === minor) return false;
    const others = minors.filter(each => each !== minor);
    const place = { nodePath: nodeNames(nodeKindOf(nodePath), found).path, minor: found };
    this.context = { ...this.context, ...place, minors: [...others, found].sort((a, b) => a - b) };
    this.setup = { ...this.setup, ...place };
    this.moved = new Map(planCases(this.context).map(one => [caseName(one), one]));
    return this.answers();
  }

  private async answers(): Promise<boolean> {
    const wanted = { nodePath: this.context.nodePath };
    const probe = await identify(this.target.link, wanted).catch(error => {
      if (error instanceof TargetError) return undefined;
      throw error;
    });
    return probe?.version !== undefined;
  }

  /** Runs a case, and again when what was seen has to be seen twice. */
  private async confirmed(one: Case): Promise<Ran & { rate?: Rate }> {
    if (one.race !== undefined) {
      // The reference runs each order of the lanes by itself; a served one is met in real time, like a kernel.
      const rounds = this.target.kind === 'reference' ? undefined : (this.options.rounds ?? ROUNDS);
      return inRounds(one, one.race, rounds, each => this.run(each));
    }
    const first = await this.run(one);
    const looked = one.instances.some(({ look }) => look?.(first.trace) !== undefined);
    return one.twice && looked && first.trace.end.status === 'complete' ? await this.run(one) : first;
  }

  private async random(seeds: readonly Case[]): Promise<void> {
    for (const one of seeds) await this.outliving(one, () => this.randomProgram(one));
    const { budget, runs, now } = this.options;
    const start = now();
    const drawn = new Draw(this.context);
    const draw = (index: number) =>
      this.options.draw ? this.options.draw(this.context, index) : drawn.next();
    for (let index = 0; budget === undefined ? index < runs : now() - start < budget; index += 1) {
      const one = draw(index);
      if (one) await this.outliving(one, () => this.randomProgram(one));
    }
  }

  private async randomProgram(one: Case): Promise<void> {
    const { trace, judgements, explain } = await this.run(one);
    for (const { call, state } of judgements)
      if (call?.request && state === 'judged') this.unclaimed.probed(call.name);
    const differences = judgements.flatMap(judgement => judgement.differences);
    this.unclaimed.collect(one, trace, differences, explain);
    await this.stillAnswers(trace);
  }

  /** @param cut why the run is not complete: what was seen still counts, what was not is unknown */
  private async modelVerdicts(cut: string): Promise<void> {
    for (const call of ioctls(this.context.driver)) {
      if (!this.options.select.has({ clause: 'model.outcome', instance: call.name })) continue;
      // A call that the device does not have has its refusal judged elsewhere.
      const expected = this.chosen.model && outlook(this.context, call).kind !== 'refused';
      const found = this.unclaimed.verdict(call.name, expected, cut);
      if (!found) continue;
      const { verdict, sources } = found;
      if (!cut) await this.keep(verdict, sources);
      this.reporter.verdict(verdict, sources.get(verdict.differences[0]!)?.case, sources);
    }
  }

  /** Does something with a case after which the run goes on, on a fresh machine when it took the old one down. */
  private async outliving(one: Case, act: () => Promise<void>): Promise<void> {
    if (this.options.skip?.(one)) return;
    try {
      await act();
    } catch (error) {
      const down = await this.revived(one, error as Error);
      if (down === undefined) throw error;
      if (!this.judged) this.reporter.notRun(one, down);
    }
  }

  /** Boots anew after a loss that the driver or the kernel is to blame for: what took the machine down. */
  private async revived(one: Case, error: Error): Promise<string | undefined> {
    const { target, options } = this;
    if (!target.reopen || options.signal?.aborted || this.boots >= MOST_BOOTS) return undefined;
    let what: string;
    if (error instanceof DeviceLost) what = error.message;
    else if (error instanceof LinkError) {
      const text = (await target.postmortem?.().catch(() => '')) ?? '';
      const again = !isPrompt(one) && faultIn(text) !== undefined ? await this.lostAgain(one) : undefined;
      const step = firstWithout(again ?? error);
      const line = this.watch.console(this.current, text, step);
      if (line === undefined) return undefined;
      const about = again || isPrompt(one) ? '' : ' or one soon after it';
      what = `step ${step} (${one.labels[step] ?? 'the end'})${about} took the machine down: ${line}`;
    } else return undefined;
    this.watch.died(this.current, what);
    this.boots += 1;
    await target.reopen();
    this.context = this.start.context;
    this.setup = this.start.setup;
    this.moved = undefined;
    return what;
  }

  /** Runs on a fresh machine what took one down, each result at once: how that machine was lost too. */
  private async lostAgain(one: Case): Promise<LinkError | undefined> {
    this.boots += 1;
    await this.target.reopen!();
    const { link } = this.target;
    await link.device?.(one.device ?? 'complete');
    return link.run(one.program, undefined, { prompt: true }).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof LinkError) return error;
        throw error;
      },
    );
  }

  /** Stops the run when the device stopped to answer: what follows would blame the wrong call. */
  private async stillAnswers(trace: Trace): Promise<void> {
    if (trace.end.status === 'complete') return;
    if (!(await this.answers())) throw new DeviceLost(`the device no longer answers after ${this.current}`);
  }

  /** A lost link is the kit's trouble, unless the machine's console tells of a panic. */
  private async failure(error: Error): Promise<string> {
    this.watch.console(this.current, (await this.target.postmortem?.().catch(() => '')) ?? '');
    return this.options.signal?.aborted ? 'interrupted' : error.message;
  }
}
