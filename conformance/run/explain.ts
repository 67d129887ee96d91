/** Whether the driver's recorded deviations explain what was seen, and which of them. */
import { applyPatch, type Deviation, type DriverDescription, type Trace } from '../../schemas/index.ts';
import type { Difference } from '../judge/difference.ts';
import { type JudgeSetup, judge } from '../judge/judge.ts';
import { compareReleases } from './release.ts';
import type { Explain } from './verdict.ts';

/** The deviations whose kernel range holds the release. */
export function inRange(driver: DriverDescription, release: string): Deviation[] {
  return driver.deviations.filter(
    deviation =>
      compareReleases(release, deviation.since) >= 0 &&
      (deviation.until === undefined || compareReleases(release, deviation.until) < 0),
  );
}

/** The description with deviations applied, in the order of their record. */
export function deviate(driver: DriverDescription, deviations: readonly Deviation[]): DriverDescription {
  return deviations.reduce((patched, deviation) => applyPatch(patched, deviation.patch), driver);
}

function same(a: Difference, b: Difference): boolean {
  return a.step === b.step && a.kind === b.kind && (a.field ?? '') === (b.field ?? '');
}

/** Explains the differences of one trace; judges it again only when asked, and each variant once. */
export function explainer(trace: Trace, setup: JudgeSetup, release: string): Explain {
  const deviations = inRange(setup.driver, release);
  const cache = new Map<string, readonly Difference[]>();
  const differencesWith = (chosen: readonly Deviation[]) => {
    const key = chosen.map(deviation => deviation.id).join(' ');
    let found = cache.get(key);
    if (!found) {
      found = judge(trace, { ...setup, driver: deviate(setup.driver, chosen) }).flatMap(
        judgement => judgement.differences,
      );
      cache.set(key, found);
    }
    return found;
  };
  return difference => {
    if (deviations.length === 0 || differencesWith(deviations).some(other => same(other, difference)))
      return [];
    // Those without which the difference is there again.
    const needed = deviations.filter(deviation =>
      differencesWith(deviations.filter(other => other !== deviation)).some(other => same(other, difference)),
    );
    if (needed.length > 0) return needed;
    // Two of them explain it, each by itself.
    const alone = deviations.find(
      deviation => !differencesWith([deviation]).some(other => same(other, difference)),
    );
    return alone ? [alone] : deviations;
  };
}
