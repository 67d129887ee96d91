/** From the judgements of a program's steps to the verdict of a clause instance. */
import { type Deviation, errnoName, type Trace } from '../../schemas/index.ts';
import { clause as clauseOf, type Level } from '../../spec/index.ts';
import { type Difference, differenceLevel, driftDirection } from '../judge/difference.ts';
import type { StepJudgement } from '../judge/follower.ts';
import type { Instance } from '../plan/case.ts';

export type VerdictName =
  | 'conforms'
  | 'violates'
  | 'violates (known)'
  | 'drift'
  | 'not claimed'
  | 'not reached'
  | 'silent'
  | 'unknown'
  | 'kit error';

export const VERDICTS: readonly VerdictName[] = [
  'conforms',
  'violates',
  'violates (known)',
  'drift',
  'not claimed',
  'not reached',
  'silent',
  'unknown',
  'kit error',
];

/** Verdicts that come from something that happened. */
export const REACHED: readonly VerdictName[] = ['conforms', 'violates', 'violates (known)', 'drift'];

export interface Verdict {
  readonly clause: Instance['clause'];
  readonly instance: string;
  readonly level: Level;
  readonly verdict: VerdictName;
  readonly reason: string;
  /** Deviations that explain a known violation. */
  readonly deviations: readonly string[];
  readonly differences: readonly Difference[];
  /** What was seen where the clause was judged by looking. */
  readonly look?: string;
  readonly probes: number;
}

/** Finds which recorded deviations explain a difference; an empty list when they do not. */
export type Explain = (difference: Difference) => readonly Explanation[];

export interface Explanation extends Pick<Deviation, 'id' | 'clause' | 'kind'> {
  /** It would explain the difference, but is not on record for this kernel. */
  readonly stale: boolean;
}

const RANK: readonly Level[] = ['ADVISORY', 'FROZEN', 'SHOULD', 'MUST'];

/** The weaker of what the clause demands and what the rule rests on. */
export function levelOf(clause: Instance['clause'], difference: Difference): Level {
  const own = clauseOf(clause).level;
  const rule = differenceLevel(difference.rule);
  return RANK.indexOf(rule) < RANK.indexOf(own) ? rule : own;
}

function base(instance: Instance): Omit<Verdict, 'verdict' | 'reason'> {
  return {
    clause: instance.clause,
    instance: instance.instance,
    level: clauseOf(instance.clause).level,
    deviations: [],
    differences: [],
    probes: instance.probes.length,
  };
}

/** The first control that failed, and what is to be said of it. */
function failedControl(
  instance: Instance,
  trace: Trace,
  labels: readonly string[],
): { readonly step: number; readonly reason: string } | undefined {
  for (const step of instance.controls) {
    const result = trace.results[step];
    if (!result) return undefined;
    if (result.errno !== 0 || result.status !== 'done') {
      const end = result.status === 'done' ? errnoName(result.errno) : result.status;
      return { step, reason: `${labels[step]} (step ${step}) was to succeed and ended with ${end}` };
    }
  }
  return undefined;
}

/**
 * What calls that succeeded before a control failed had written: the control may have failed of just that, as a map by an
 * offset that a call gave. A call that was refused may have been refused for what the control met too.
 */
function writtenBefore(step: number, differences: readonly Difference[]): readonly Difference[] {
  return differences.filter(({ step: at, kind }) => at < step && (kind === 'bytes' || kind === 'choice'));
}

/** conformance/judge/orders.ts: what such a section leaves open. */
const UNTOLD =
  'what was seen does not tell: no order of whole calls explains it, and one of the calls may be seen in parts';

/** Judges one instance of a case whose program ran. */
export function decide(
  instance: Instance,
  trace: Trace,
  labels: readonly string[],
  judgements: readonly StepJudgement[],
  newer: boolean,
  explain: Explain,
): Verdict {
  const start = base(instance);
  if (instance.notClaimed !== undefined)
    return { ...start, verdict: 'not claimed', reason: instance.notClaimed };
  if (instance.notReached !== undefined)
    return { ...start, verdict: 'not reached', reason: instance.notReached };
  if (newer && instance.newerMayDiffer)
    return {
      ...start,
      verdict: 'unknown',
      reason: 'the target is newer than the description and may define more',
    };
  const control = failedControl(instance, trace, labels);
  const missed = control ? undefined : instance.missed?.(trace);
  if (missed !== undefined) return { ...start, verdict: 'not reached', reason: missed };
  const cut = [...instance.controls, ...instance.probes].find(step => !trace.results[step]);
  const about = instance.about ?? (() => true);
  const probed = instance.probes.map(step => judgements[step]!);
  const seen = [...probed.flatMap(judgement => judgement.differences), ...unset(instance, judgements)].filter(
    about,
  );
  // A process that dies shows in every clause.
  const differences = seen.filter(
    difference => difference.kind === 'status' || !elsewhere(instance, explain(difference)),
  );
  if (control) {
    const written = writtenBefore(control.step, differences);
    return written.length > 0
      ? withDifferences(start, written, explain)
      : { ...start, verdict: 'not reached', reason: control.reason };
  }
  const looked = cut === undefined ? instance.look?.(trace) : undefined;
  if (looked !== undefined) return { ...start, verdict: 'violates', reason: looked, look: looked };
  if (differences.length > 0) return withDifferences(start, differences, explain);
  if (cut !== undefined)
    return { ...start, verdict: 'unknown', reason: 'the program was cut before every probe had run' };
  if (probed.some(judgement => judgement.state === 'unknown'))
    return { ...start, verdict: 'unknown', reason: UNTOLD };
  if (instance.probes.length === 0)
    return { ...start, verdict: 'not reached', reason: 'nothing could be tried' };
  if (instance.needsSuccess && !instance.probes.some(step => trace.results[step]!.errno === 0))
    return { ...start, verdict: 'not reached', reason: 'no call succeeded, so nothing was written' };
  if (!instance.look && probed.every(judgement => judgement.state === 'followed'))
    return { ...start, verdict: 'silent', reason: 'the description says nothing about these calls' };
  const refused = probed.filter(judgement => judgement.environmental !== undefined);
  if (!instance.look && refused.length === probed.length)
    return {
      ...start,
      verdict: 'not reached',
      reason: `every probe ended with ${refused[0]!.environmental}, which the machine may cause`,
    };
  const reasons = [
    ...(!instance.look && refused.length > 0
      ? [`${refused.length} of ${probed.length} probes ended with an errno that the machine may cause`]
      : []),
    ...(seen.length > 0
      ? [`apart from ${[...new Set(seen.flatMap(explain).map(known => known.id))].join(', ')}`]
      : []),
  ];
  return { ...start, verdict: 'conforms', reason: reasons.join('; ') };
}

/** Members that only the device knows, where what was in memory came back, whatever it was. */
function unset({ refilled = [] }: Instance, judgements: readonly StepJudgement[]): Difference[] {
  return refilled.flatMap(([one, other]) => {
    const again = judgements[other]?.unmoved ?? [];
    return (judgements[one]?.unmoved ?? []).flatMap(({ field, value, rule }): Difference[] => {
      const same = again.find(each => each.rule === rule && each.value !== value);
      if (!same) return [];
      const hex = (number: bigint) => `0x${number.toString(16)}`;
      const observed = `what was in memory before, ${hex(value)} and then ${hex(same.value)}`;
      return [{ step: other, kind: 'choice', expected: 'what the device knows', observed, field, rule }];
    });
  });
}

/** A recorded deviation from another family's clause shows there; this clause is not about it. */
function elsewhere({ clause, alike = [] }: Instance, known: ReturnType<Explain>): boolean {
  const family = (id: string) => id.slice(0, id.indexOf('.'));
  const own = [clause, ...alike].map(family);
  return (
    known.length > 0 && known.every(deviation => !deviation.stale && !own.includes(family(deviation.clause)))
  );
}

/** The worst difference decides; a known one only when every difference is known. */
export function withDifferences(
  start: Omit<Verdict, 'verdict' | 'reason'>,
  differences: readonly Difference[],
  explain: Explain,
): Verdict {
  const judged = differences.map(difference => {
    const explanations = explain(difference);
    return {
      difference,
      level: levelOf(start.clause, difference),
      known: explanations.filter(({ stale }) => !stale),
      stale: explanations.filter(({ stale }) => stale),
    };
  });
  judged.sort(
    (a, b) =>
      Number(a.known.length > 0) - Number(b.known.length > 0) ||
      RANK.indexOf(b.level) - RANK.indexOf(a.level),
  );
  const worst = judged[0]!;
  const more = differences.length > 1 ? ` (and ${differences.length - 1} more)` : '';
  const stale = worst.stale.map(({ id }) => `; ${id} says so, but not for this kernel`).join('');
  const reason = `${describe(worst.difference)}${more}${stale}`;
  const deviations = [...new Set(judged.flatMap(each => each.known.map(known => known.id)))];
  const found = {
    ...start,
    level: worst.level,
    differences: judged.map(each => each.difference),
    deviations,
  };
  // The rule came later than this kernel, which is not held to it.
  const later = judged.every(({ known }) => known.length > 0 && known.every(({ kind }) => kind === 'older'));
  if (later) return { ...found, verdict: 'not claimed', reason: `${deviations.join(', ')}: a later rule` };
  if (worst.known.length > 0)
    return { ...found, verdict: 'violates (known)', reason: `${reason}; ${deviations.join(', ')}` };
  if (worst.level === 'FROZEN')
    return { ...found, verdict: 'drift', reason: `${driftDirection(worst.difference)}: ${reason}` };
  return { ...found, verdict: 'violates', reason };
}

export function describe(difference: Difference): string {
  const field = difference.field && difference.field !== 'at' ? `${difference.field}: ` : '';
  const order = difference.order
    ? `, whatever the order of the lanes (nearest: steps ${difference.order.join(', ')})`
    : '';
  return `step ${difference.step}: ${field}expected ${difference.expected}, got ${difference.observed}${order}`;
}
