/**
 * A race is looked for by running its lanes again and again, each time with other offsets: so that each begins anywhere
 * from before the other to after its end.
 */
import { type Program, sectionsOf, type Trace } from '../../schemas/index.ts';
import type { StepJudgement } from '../judge/follower.ts';
import type { Case } from '../plan/case.ts';
import type { Explain, Verdict } from './verdict.ts';

/** Rounds of a race on a kernel: enough to pass from one end of short calls to the other, and little time. */
export const ROUNDS = 20;

/** A program that ran, judged. */
export interface Ran {
  readonly trace: Trace;
  readonly judgements: StepJudgement[];
  readonly explain: Explain;
}

export interface Rate {
  readonly rounds: number;
  /** Rounds in which something was wrong. */
  readonly wrong: number;
  /** Rounds in which steps of two lanes ran at the same time, and which could be told right or wrong. */
  readonly overlapped: number;
  /** Rounds of which nothing could be told: a call may have been seen in parts. */
  readonly untold: number;
}

/** The fraction of the golden ratio: its multiples spread evenly, however many there are. */
const GOLDEN = 0.618_033_988_75;
/** How far beyond the duration of the calls the offsets go, as a part of it: what was measured differs from round to round. */
const BEYOND = 0.25;
const MAX_OFFSET_US = 1_000_000;
const NS_PER_US = 1000;

/** Offsets of the model, in us: every lane may be the first, and their calls overlap. */
function permutations(lanes: number): number[][] {
  const rest = Array.from({ length: lanes }, (_, lane) => lane);
  const all = (left: readonly number[]): number[][] =>
    left.length === 0
      ? [[]]
      : left.flatMap(one => all(left.filter(each => each !== one)).map(more => [one, ...more]));
  return all(rest);
}

/** A round in which the machine did something else tells little. */
function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

class Rounds {
  private readonly program: Program;
  private readonly step: number;
  private readonly lanes: readonly { readonly first: number; readonly end: number }[];
  /** The model's offsets; none on a kernel. */
  private readonly fixed: readonly number[][] | undefined;
  private readonly most: number;
  private done = 0;
  private wrong = 0;
  private overlapped = 0;
  private untold = 0;
  /** How long each lane took in each round, in ns. */
  private readonly durations: number[][];

  /** @param most rounds on a kernel; without it the model is run, once for each order of the lanes */
  constructor(program: Program, step: number, most: number | undefined) {
    this.program = program;
    this.step = step;
    this.lanes = sectionsOf(program).find(section => section.step === step)!.lanes;
    this.fixed = most === undefined ? permutations(this.lanes.length) : undefined;
    this.most = most ?? this.fixed!.length;
    this.durations = this.lanes.map(() => []);
  }

  /** The program of the next round; undefined when there were enough. */
  next(): Program | undefined {
    if (this.done >= this.most) return undefined;
    const offsets = this.fixed?.[this.done] ?? this.offsets();
    const steps = this.program.steps.map((each, index) =>
      index === this.step
        ? {
            ...each,
            args: each.args.map((arg, at) =>
              at < 3 ? arg : { kind: 'const' as const, value: BigInt(offsets[at - 3] ?? 0) },
            ),
          }
        : each,
    );
    return { ...this.program, steps };
  }

  /** Lane 0 begins so much before or after the others that its calls pass theirs from one end to the other. */
  private offsets(): number[] {
    const [own = 0, ...others] = this.durations.map(median);
    const other = Math.max(0, ...others);
    const span = (own + other) * (1 + 2 * BEYOND);
    const phase = (this.done * GOLDEN) % 1;
    const later = phase * span - own - BEYOND * (own + other);
    const us = (ns: number) => Math.min(Math.max(0, Math.round(ns / NS_PER_US)), MAX_OFFSET_US);
    return this.lanes.map((_, lane) => (lane === 0 ? us(-later) : us(later)));
  }

  see(trace: Trace, wrong: boolean, told: boolean): void {
    this.done += 1;
    if (wrong) this.wrong += 1;
    if (!told) this.untold += 1;
    const spans = this.lanes.map(({ first, end }) => {
      const results = trace.results.slice(first, end);
      return [results[0]?.before ?? 0n, results.at(-1)?.after ?? 0n] as const;
    });
    for (const [lane, [from, to]] of spans.entries()) this.durations[lane]!.push(Number(to - from));
    const meet = spans.some(([from, to], at) =>
      spans.some(([other, end], index) => index > at && from <= end && other <= to),
    );
    if (meet && told) this.overlapped += 1;
  }

  get rate(): Rate {
    return { rounds: this.done, wrong: this.wrong, overlapped: this.overlapped, untold: this.untold };
  }
}

/**
 * Runs the lanes of a case in rounds; gives the first in which something is wrong, else the first that could be told,
 * and how many there were.
 *
 * @param most as for Rounds
 */
export async function inRounds(
  one: Case,
  step: number,
  most: number | undefined,
  run: (one: Case) => Promise<Ran>,
): Promise<Ran & { rate: Rate }> {
  const rounds = new Rounds(one.program, step, most);
  let shown: Ran | undefined;
  let isTold = false;
  for (let program = rounds.next(); program; program = rounds.next()) {
    const ran = await run({ ...one, program });
    const { trace } = ran;
    const cut = trace.end.status !== 'complete';
    const wrong = cut || isNews(ran) || one.instances.some(({ look }) => look?.(trace) !== undefined);
    const told = wrong || !ran.judgements.some(({ state }) => state === 'unknown');
    rounds.see(trace, wrong, told);
    if (!shown || (told && !isTold) || (wrong && rounds.rate.wrong === 1)) shown = ran;
    isTold ||= told;
    if (cut) break;
  }
  return { ...shown!, rate: rounds.rate };
}

/** Whether anything is wrong that no recorded deviation explains: what is known shows in every round. */
function isNews({ judgements, explain }: Ran): boolean {
  return judgements.some(({ differences }) =>
    differences.some(difference => explain(difference).every(({ stale }) => stale)),
  );
}

export const often = ({ rounds, wrong }: Rate): string => `in ${wrong} of ${rounds} rounds`;

/** A verdict of a race with how often it was seen; what never ran at the same time was not tried. */
export function rated(verdict: Verdict, rate: Rate): Verdict {
  const { rounds, overlapped, untold } = rate;
  const open = untold > 0 ? `${untold} could not be told` : undefined;
  if (verdict.verdict === 'conforms' && overlapped === 0)
    return {
      ...verdict,
      verdict: 'not reached',
      reason: [`in ${rounds} rounds the lanes never ran at the same time`, open].filter(Boolean).join('; '),
    };
  if (verdict.verdict === 'conforms')
    return {
      ...verdict,
      reason: [verdict.reason, `${overlapped} of ${rounds} rounds overlapped`, open]
        .filter(Boolean)
        .join('; '),
    };
  if (rate.wrong === 0) return verdict;
  if (verdict.differences.length === 0 && verdict.look === undefined) return verdict;
  return { ...verdict, reason: `${verdict.reason}; ${often(rate)}` };
}
