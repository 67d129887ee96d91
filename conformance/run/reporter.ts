/** Tells the stream what a run finds, and keeps the counts that decide how it ends. */
import {
  type CallDescription,
  type CitedRule,
  type DriverDescription,
  errnoName,
  isHeaderOnly,
  type LogRecord,
  printCondition,
  printOutput,
  ruleName,
  type StepResult,
  type Trace,
  walk,
} from '../../schemas/index.ts';
import { clause as clauseOf, clauses } from '../../spec/index.ts';
import { CoverageWatch } from '../coverage/coverage.ts';
import type { Difference } from '../judge/difference.ts';
import type { Case } from '../plan/case.ts';
import type { EndEvent, Sink } from './events.ts';
import { inRange } from './explain.ts';
import type { Identity } from './identity.ts';
import { taintLetters } from './kernel-log.ts';
import { isNewer } from './release.ts';
import type { Target } from './target.ts';
import type { ValidateOptions } from './validate-options.ts';
import { type Explain, levelOf, REACHED, VERDICTS, type Verdict, type VerdictName } from './verdict.ts';

/** Where a difference was seen. */
export interface Source {
  readonly case: Case;
  readonly trace: Trace;
  readonly difference: Difference;
  readonly explain: Explain;
  /** How often it was seen, for a race. */
  readonly often?: string;
}

/** Findings that are told of one verdict; the rest is counted in its reason. */
const SHOWN = 3;
/** Bytes of an argument that a finding shows. */
const SENT = 64;

type Tally = { -readonly [K in VerdictName]: number };

export class Reporter {
  private readonly tally = Object.fromEntries(VERDICTS.map(name => [name, 0])) as Tally;
  private readonly environmental: Record<string, number> = {};
  private readonly target: Target;
  private readonly identity: Identity;
  private readonly options: ValidateOptions;
  private readonly sink: Sink;
  private readonly traces = new Map<string, string>();
  private mustViolated = false;
  private mustUnknown = false;
  private reached = 0;
  steps = 0;
  readonly coverage: CoverageWatch;

  /** @param managed devlink answers for the device of the node */
  constructor(target: Target, identity: Identity, options: ValidateOptions, sink: Sink, managed = false) {
    this.target = target;
    this.identity = identity;
    this.options = options;
    this.sink = sink;
    this.coverage = new CoverageWatch(identity.driver, target.link.hello.abi, managed);
  }

  announce(cases: readonly Case[], random: number): void {
    const { identity, target, options } = this;
    const { hello } = target.link;
    const { driver } = identity;
    const text = (map: ReadonlyMap<string, bigint | string>) =>
      Object.fromEntries([...map].map(([name, value]) => [name, String(value)]));
    this.sink({
      event: 'run',
      kit: { name: 'accel-uapi', version: options.version },
      spec: { clauses: clauses.length, kernel: driver.manifest.kernel },
      target: {
        name: target.name,
        kind: target.kind,
        release: hello.release,
        abi: hello.abi,
        // An answer that changed nothing leaves the NULs that were there.
        driver: (identity.version?.name ?? '').replaceAll('\0', ''),
        description:
          driver.name !== 'drm' ? driver.name : isHeaderOnly(driver) ? driver.manifest.header : 'core',
        level: driver.manifest.level,
        node: identity.nodePath,
        minor: identity.minor,
        bootId: hello.bootId,
        taint: taintLetters(hello.taint),
        newer: isNewer(hello.release, driver.manifest.kernel),
        met: target.met,
        params: text(identity.params),
        missing: Object.fromEntries(identity.missing),
      },
      deviations: inRange(driver, hello.release).map(({ id, does, source }) => ({ id, does, source })),
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

  step(name: string, one: Case, result: StepResult): void {
    this.steps += 1;
    this.sink({
      event: 'step',
      case: name,
      step: result.step,
      label: one.labels[result.step] ?? '',
      status: result.status,
      ret: String(result.ret),
      errno: errnoName(result.errno),
      before: String(result.before),
      after: String(result.after),
    });
  }

  log(name: string, record: LogRecord): void {
    this.sink({ event: 'log', case: name, ...record });
  }

  /** Counts an errno that the machine caused. */
  caused(errno: string): void {
    this.environmental[errno] = (this.environmental[errno] ?? 0) + 1;
  }

  /** A case that the end of the run left out. */
  notRun({ instances }: Case, reason: string): void {
    for (const { clause, instance } of instances) {
      const nothing = { deviations: [], differences: [], probes: 0 };
      this.verdict({
        clause,
        instance,
        level: clauseOf(clause).level,
        verdict: 'unknown',
        reason,
        ...nothing,
      });
    }
  }

  verdict(verdict: Verdict, one?: Case, sources?: ReadonlyMap<Difference, Source>): void {
    this.tally[verdict.verdict] += 1;
    this.coverage.verdict(verdict);
    if (verdict.verdict === 'violates' && verdict.level === 'MUST') this.mustViolated = true;
    if (verdict.verdict === 'unknown' && verdict.level === 'MUST') this.mustUnknown = true;
    if (REACHED.includes(verdict.verdict)) this.reached += 1;
    const name = one ? caseName(one) : '';
    for (const difference of verdict.differences.slice(0, SHOWN))
      this.finding(verdict, sources!.get(difference)!);
    if (one && verdict.look !== undefined) this.lookFinding(name, verdict);
    const { clause, instance, level, reason, probes, deviations } = verdict;
    const trace = verdict.verdict === 'conforms' || name === '' ? {} : { trace: name };
    this.sink({
      event: 'verdict',
      clause,
      instance,
      level,
      verdict: verdict.verdict,
      reason,
      probes,
      deviations,
      ...trace,
    });
  }

  private finding(verdict: Verdict, { case: one, trace, difference, explain, often }: Source): void {
    const step = one.program.steps[difference.step]!;
    const argument = step.fills?.[0];
    const request =
      step.op === 'ioctl' && step.args[1]?.kind === 'const'
        ? { request: `0x${step.args[1].value.toString(16)}` }
        : {};
    this.sink({
      event: 'finding',
      clause: verdict.clause,
      instance: verdict.instance,
      level: levelOf(verdict.clause, difference),
      case: caseName(one),
      step: difference.step,
      label: one.labels[difference.step] ?? '',
      kind: difference.kind,
      ...(difference.rule ? { rule: describeRule(this.identity.driver, difference.rule) } : {}),
      expected: difference.expected,
      observed: [
        difference.observed,
        ...(difference.order
          ? [`in any order of the lanes; least is wrong in ${difference.order.join(', ')}`]
          : []),
        ...(often === undefined ? [] : [often]),
      ].join('; '),
      sent: {
        op: step.op,
        ...request,
        ...(argument ? { argument: hexOf(argument.bytes.subarray(0, SENT)) } : {}),
      },
      deviations: explain(difference).flatMap(({ id, stale }) => (stale ? [] : [id])),
      log: trace.log.filter(record => record.step === difference.step).map(record => record.text),
      replay: this.replay(verdict),
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
      replay: this.replay(verdict),
    });
  }

  /** The trace of a verdict is in this file. */
  kept({ clause, instance }: Pick<Verdict, 'clause' | 'instance'>, path: string): void {
    this.traces.set(`${clause}@${instance}`, path);
  }

  /** The line that runs this again. */
  private replay({ clause, instance }: Verdict): string {
    const { runs, seed, tier } = this.options;
    const kept = this.traces.get(`${clause}@${instance}`);
    if (kept !== undefined) return `accel-uapi replay '${kept}' '${this.target.name}'`;
    const random = clause === 'model.outcome' ? ` --runs ${runs}` : '';
    const far = tier === 'reversible' ? '' : ` --tier ${tier}`;
    return `accel-uapi validate '${this.target.name}' --select '${clause}@${instance}' --seed ${seed}${far}${random}`;
  }

  /** @param reason why the run is not complete; empty when it is */
  end(reason: string): EndEvent {
    const event: EndEvent = {
      event: 'end',
      complete: reason === '',
      reason,
      counts: this.tally,
      steps: this.steps,
      environmental: this.environmental,
      coverage: this.coverage.summary(),
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

export function caseName(one: Case): string {
  return `${one.family}/${one.name}`;
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

/** The call whose body holds the rule: the dispatch has rules of its own around every handler. */
function ownerOf(driver: DriverDescription, rule: CitedRule): CallDescription | undefined {
  return [...driver.calls.values(), ...driver.files.values()].find(call =>
    walk(call.semantics.body).includes(rule),
  );
}

/** What a finding says about the rule that was not followed. */
function describeRule(driver: DriverDescription, rule: CitedRule) {
  const says =
    'check' in rule
      ? `${rule.errno} when ${printCondition(rule.when)}`
      : 'set' in rule
        ? `${rule.set} is ${printOutput(rule.to)}`
        : 'memory is written as described';
  return {
    id: `${ownerOf(driver, rule)?.id ?? driver.name}.${ruleName(rule)}`,
    basis: rule.basis,
    source: rule.source,
    says,
  };
}
