/** Two works measured in turns, so that whatever else the computer does disturbs both. */
import type { BenchRow } from '../../schemas/index.ts';

/** What one repetition got done. */
export interface Sample {
  readonly units: number;
  readonly seconds: number;
}

export type Work = () => Sample | Promise<Sample>;

export interface Rate {
  /** Units per second, median over the repetitions. */
  readonly median: number;
  /** Half of the way from the slowest to the fastest, as a part of the median. */
  readonly spread: number;
}

/** The least ratio that is good enough, and why. */
export interface Goal {
  readonly ratio: number;
  readonly why: string;
}

export function rateOf(samples: readonly Sample[]): Rate {
  const rates = samples.map(({ units, seconds }) => units / seconds).sort((a, b) => a - b);
  const middle = rates.length >> 1;
  const median = rates.length % 2 === 1 ? rates[middle]! : (rates[middle - 1]! + rates[middle]!) / 2;
  return { median, spread: (rates.at(-1)! - rates[0]!) / 2 / median };
}

/** Times work on this computer's clock; the work says how many units it did. */
export async function timed(work: () => number | Promise<number>): Promise<Sample> {
  const start = performance.now();
  const units = await work();
  return { units, seconds: (performance.now() - start) / 1000 };
}

export interface Comparison {
  readonly what: string;
  readonly unit: string;
  readonly ours: Work;
  readonly against: string;
  readonly theirs: Work;
  readonly goal: Goal;
  /** Repetitions that do not count; default 1. */
  readonly warmUp?: number;
}

/** Both works in turns, ours first. */
export async function compare(comparison: Comparison, repetitions: number): Promise<BenchRow> {
  const ours: Sample[] = [];
  const theirs: Sample[] = [];
  const { warmUp = 1 } = comparison;
  for (let done = -warmUp; done < repetitions; done += 1) {
    const [mine, other] = [await comparison.ours(), await comparison.theirs()];
    if (done < 0) continue;
    ours.push(mine);
    theirs.push(other);
  }
  const [mine, other] = [rateOf(ours), rateOf(theirs)];
  const ratio = mine.median / other.median;
  const { what, unit, against, goal } = comparison;
  return {
    what,
    unit,
    ours: mine.median,
    against,
    theirs: other.median,
    ratio,
    goal: goal.ratio,
    why: goal.why,
    met: ratio >= goal.ratio,
    repetitions,
    spread: { ours: mine.spread, theirs: other.spread },
  };
}
