/** Whether the driver's recorded deviations explain what was seen, and which of them. */
import {
  applyPatch,
  type Deviation,
  type DriverDescription,
  editedRules,
  type Trace,
} from '../../schemas/index.ts';
import type { Difference } from '../judge/difference.ts';
import { type JudgeSetup, judge } from '../judge/judge.ts';
import { logs } from './kernel-watch.ts';
import { compareReleases } from './release.ts';
import type { Explain, Explanation, Verdict } from './verdict.ts';

/** By driver and release: every program of a run asks. */
const ranges = new WeakMap<DriverDescription, Map<string, readonly Deviation[]>>();

/** The deviations whose kernel range holds the release. */
export function inRange(driver: DriverDescription, release: string): readonly Deviation[] {
  const known = ranges.get(driver) ?? new Map<string, readonly Deviation[]>();
  ranges.set(driver, known);
  const found =
    known.get(release) ??
    driver.deviations.filter(
      deviation =>
        compareReleases(release, deviation.since) >= 0 &&
        (deviation.until === undefined || compareReleases(release, deviation.until) < 0),
    );
  known.set(release, found);
  return found;
}

/** Made once: a run explains hundreds of differences by the same deviations. */
const deviated = new WeakMap<DriverDescription, Map<string, DriverDescription>>();

/** The description with deviations applied, in the order of their record. */
export function deviate(driver: DriverDescription, deviations: readonly Deviation[]): DriverDescription {
  const made = deviated.get(driver) ?? new Map<string, DriverDescription>();
  deviated.set(driver, made);
  const key = deviations.map(({ id }) => id).join(' ');
  const found =
    made.get(key) ?? deviations.reduce((patched, deviation) => applyPatch(patched, deviation.patch), driver);
  made.set(key, found);
  return found;
}

/** The calls whose rules the deviation edits; undefined when it edits what happens around every call. */
function editedCalls(driver: DriverDescription, { patch }: Deviation): string[] | undefined {
  const calls = [...driver.calls.values(), ...driver.files.values()];
  const edited = editedRules(patch).map(rule => calls.find(({ id }) => rule.startsWith(`${id}.`)));
  return edited.every(call => call?.request) ? edited.map(call => call!.id) : undefined;
}

function explained({ id, clause, kind }: Deviation, stale: boolean): Explanation {
  return { id, clause, stale, ...(kind ? { kind } : {}) };
}

function same(a: Difference, b: Difference): boolean {
  return a.step === b.step && a.kind === b.kind && (a.field ?? '') === (b.field ?? '');
}

/** The recorded faults that a step's process died of. */
function killers(deviations: readonly Deviation[], { log }: Trace, step: number): Explanation[] {
  return deviations
    .filter(
      ({ log: fault }) =>
        fault?.kills && log.some(line => line.step === step && new RegExp(fault.pattern).test(line.text)),
    )
    .map(deviation => explained(deviation, false));
}

/** Explains the differences of one trace; judges it again only when asked, and each variant once. */
export function explainer(trace: Trace, setup: JudgeSetup, release: string): Explain {
  const current = inRange(setup.driver, release);
  const stale = setup.driver.deviations.filter(deviation => !current.includes(deviation));
  const cache = new Map<string, readonly Difference[]>();
  /** The ioctls of the trace: what is said of another one explains nothing in it. */
  const made = new Set<string>();
  /** The ioctl of each step. */
  const calls = new Map<number, string>();
  const differencesWith = (chosen: readonly Deviation[]) => {
    const key = chosen.map(deviation => deviation.id).join(' ');
    let found = cache.get(key);
    if (!found) {
      const driver = deviate(setup.driver, chosen);
      const judgements = judge(trace, { ...setup, driver });
      for (const { call, step } of judgements) {
        if (!call) continue;
        made.add(call.id);
        calls.set(step, call.id);
      }
      found = judgements.flatMap(judgement => judgement.differences);
      cache.set(key, found);
    }
    return found;
  };
  const remains = (chosen: readonly Deviation[], difference: Difference) =>
    differencesWith(chosen).some(other => same(other, difference));
  const concerns = (deviation: Deviation) =>
    editedCalls(setup.driver, deviation)?.some(call => made.has(call)) ?? true;
  return difference => {
    // No edit of a description makes a process die; the kernel's log tells of what it died.
    if (difference.kind === 'status') return killers(current, trace, difference.step);
    if (current.length === 0 || remains(current, difference)) {
      return stale
        .filter(concerns)
        .filter(deviation => !remains([deviation], difference))
        .map(deviation => explained(deviation, true));
    }
    const concerned = current.filter(concerns);
    const needs = (deviation: Deviation) =>
      remains(
        current.filter(other => other !== deviation),
        difference,
      );
    // Every try judges the trace again, and most differences are explained by one deviation of the call that shows
    // them: it suffices, and without it the difference is there again.
    const own = calls.get(difference.step);
    const near = concerned.filter(
      deviation => own !== undefined && editedCalls(setup.driver, deviation)?.includes(own),
    );
    const plain = near.find(deviation => !remains([deviation], difference) && needs(deviation));
    if (plain) return [explained(plain, false)];
    // Those without which the difference is there again.
    const needed = concerned.filter(needs);
    // Else two of them explain it, each by itself.
    const alone = concerned.find(deviation => !remains([deviation], difference));
    const explaining = needed.length > 0 ? needed : alone ? [alone] : current;
    return explaining.map(deviation => explained(deviation, false));
  };
}

/**
 * A violation that was seen by looking is known when a record of its clause has what was seen, or when a recorded fault of
 * which something died was logged in its case.
 */
export function knownLook(
  verdict: Verdict,
  { log }: Pick<Trace, 'log'>,
  where: string,
  current: readonly Deviation[],
): Verdict {
  if (verdict.verdict !== 'violates' || verdict.look === undefined) return verdict;
  const seen = verdict.look;
  const found = current.filter(
    ({ log: fault, look, clause }) =>
      (look !== undefined && clause === verdict.clause && new RegExp(look).test(seen)) ||
      (fault?.kills && log.some(({ text }) => logs(fault, where, text))),
  );
  if (found.length === 0) return verdict;
  const deviations = found.map(({ id }) => id);
  const reason = `${verdict.reason}; ${deviations.join(', ')}`;
  return { ...verdict, verdict: 'violates (known)', reason, deviations };
}
