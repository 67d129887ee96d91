/** Runs programs on two targets and gathers where they part: once each, made small, with its direction. */
import type { DriverDescription, Trace } from '../../schemas/index.ts';
import { type JudgeSetup, judge } from '../judge/judge.ts';
import { type Shrunk, shrink } from '../shrink/shrink.ts';
import type { Candidate } from './candidate.ts';
import { type Parting, partings, type Sides, signature } from './differ.ts';
import { Learned } from './learned.ts';
import { isLost, type Lost, linesOf, plainLine, type Side } from './side.ts';

/** Runs more on each side before a difference counts: one tells a time or a counter, two tell chance. */
const AGAIN = { model: 1, kernel: 2 } as const;
/** Tries for a difference behind another one, whether it shows by itself, before it counts as what follows from it. */
const MOST_TRIES = 3;

export interface Found {
  readonly parting: Parting;
  /** The program that showed it first. */
  readonly candidate: Candidate;
  readonly small: Shrunk;
  /** What the step was about, in every program that showed the same. */
  readonly labels: Set<string>;
  /** Names of those programs. */
  readonly programs: Set<string>;
}

export interface Comparison {
  readonly found: readonly Found[];
  readonly programs: number;
  readonly steps: number;
  /** Differences that show only behind another one. */
  readonly following: number;
  /** Places in which the first target differs from itself. */
  readonly learned: readonly string[];
  /** Why the comparison ended early. */
  readonly cut?: string;
}

export interface CompareOptions {
  readonly driver: DriverDescription;
  /**
   * Where a kernel is compared with a reference: by what the kernel's traces are judged, since what a driver may choose
   * and what the machine may cause is no difference.
   */
  readonly model?: JudgeSetup;
  /** Lines of the log that are on record for the kernel. */
  readonly known?: (text: string) => boolean;
  /** Another machine like the first target, asked for once: what differs from boot to boot is no difference. */
  readonly peer?: () => Promise<Side>;
  readonly signal?: AbortSignal;
  readonly onProgram?: (done: number) => void;
}

/** A target could not go on. */
class Ended extends Error {}

export async function compare(
  a: Side,
  b: Side,
  candidates: Iterable<Candidate>,
  options: CompareOptions,
): Promise<Comparison> {
  return new Comparer(a, b, options).all(candidates);
}

class Comparer {
  private readonly a: Side;
  private readonly b: Side;
  private readonly options: CompareOptions;
  private readonly learned = new Learned();
  private readonly found = new Map<string, Found>();
  /** How often a difference was looked for without the one before it, in vain. */
  private readonly tried = new Map<string, number>();
  private readonly following = new Set<string>();
  private peer: Side | undefined;
  private programs = 0;
  private steps = 0;

  constructor(a: Side, b: Side, options: CompareOptions) {
    this.a = a;
    this.b = b;
    this.options = options;
  }

  async all(candidates: Iterable<Candidate>): Promise<Comparison> {
    let cut: string | undefined;
    try {
      for (const candidate of candidates) {
        if (this.options.signal?.aborted) throw new Ended('interrupted');
        await this.one(candidate);
        this.programs += 1;
        this.options.onProgram?.(this.programs);
      }
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      cut = error.message;
    }
    const found = [...this.found.values()];
    return {
      found,
      programs: this.programs,
      steps: this.steps,
      following: [...this.following].filter(key => !this.found.has(key)).length,
      learned: this.learned.places,
      ...(cut === undefined ? {} : { cut }),
    };
  }

  private sides(labels: readonly string[]): Sides {
    const { abi } = this.a.target.link.hello;
    return { driver: this.options.driver, abi, labels, volatile: this.learned };
  }

  private both(candidate: Candidate): Promise<[Trace | Lost, Trace | Lost]> {
    return Promise.all([this.a.run(candidate), this.b.run(candidate)]);
  }

  private async one(candidate: Candidate): Promise<void> {
    this.learned.begin();
    const [one, other] = await this.both(candidate);
    if (isLost(one) || isLost(other)) return this.lost(candidate, one, other);
    this.steps += one.results.length;
    const sides = this.sides(candidate.labels);
    let seen = this.seen(one, other, sides);
    if (seen.length === 0) return;
    for (let count = 0; count < this.rounds() && seen.length > 0; count += 1) {
      const [again, otherAgain] = await this.both(candidate);
      if (isLost(again) || isLost(otherAgain)) return this.lost(candidate, again, otherAgain);
      this.learned.from(one, again, sides);
      const still = new Set(this.seen(again, otherAgain, sides).map(key));
      // A warning that the kernel gives once in its life cannot show twice.
      seen = this.seen(one, other, sides).filter(each => still.has(key(each)) || this.once(each));
    }
    if (seen.some(each => !this.found.has(signature(each)))) {
      await this.learnBoot(candidate, one);
      const left = new Set(this.seen(one, other, sides).map(key));
      seen = seen.filter(each => left.has(key(each)));
    }
    for (const parting of seen) await this.tell(candidate, parting, seen[0] === parting);
  }

  /** Learns what another boot of the first target's machine answers otherwise: times and numbers given out once. */
  private async learnBoot(candidate: Candidate, one: Trace): Promise<void> {
    this.peer ??= await this.options.peer?.();
    if (!this.peer) return;
    const ran = await this.peer.run(candidate);
    if (!isLost(ran)) this.learned.from(one, ran, this.sides(candidate.labels));
    else if (!(await this.peer.again())) throw new Ended(`a second ${this.peer.name} was lost: ${ran.why}`);
  }

  private rounds(): number {
    return Math.max(AGAIN[this.a.target.met], AGAIN[this.b.target.met]);
  }

  /** All in which two runs part, and what only one of the kernels ever logged, in the order of the steps. */
  private seen(one: Trace, other: Trace, sides: Sides): Parting[] {
    const found = partings(one, other, sides);
    const told = found.length === 0 ? found : this.unallowed(found, one, other);
    return [...told, ...this.logged(one, other)].sort((x, y) => x.step - y.step);
  }

  /** Without what the reference's description lets the kernel do. */
  private unallowed(found: Parting[], one: Trace, other: Trace): Parting[] {
    const { model } = this.options;
    if (!model) return found;
    const judgements = judge(this.a.target.met === 'kernel' ? one : other, model);
    return found.filter(({ step }) => judgements[step]!.differences.length > 0);
  }

  private logged(one: Trace, other: Trace): Parting[] {
    if (!this.a.target.link.hello.log || !this.b.target.link.hello.log) return [];
    const lines = (trace: Trace, said: ReadonlySet<string>) =>
      linesOf(trace).filter(
        // A reference logs faults only.
        ({ text, fault }) =>
          (fault || this.options.model === undefined) &&
          !said.has(plainLine(text)) &&
          this.options.known?.(text) !== true,
      );
    const parting = (step: number, a: string, b: string, direction: Parting['direction']): Parting => ({
      step: Math.max(step, 0),
      kind: 'log',
      call: 'kernel log',
      a,
      b,
      direction,
    });
    return [
      ...lines(other, this.a.said).map(({ step, text }) =>
        parting(step, 'no such line', plainLine(text), 'regression suspect'),
      ),
      ...lines(one, this.b.said).map(({ step, text }) =>
        parting(step, plainLine(text), 'no such line', 'other difference'),
      ),
    ];
  }

  private once({ kind, a, b }: Parting): boolean {
    return kind === 'log' && [a, b].some(text => /WARNING: |BUG: /.test(text));
  }

  private async tell(candidate: Candidate, parting: Parting, isFirst: boolean): Promise<void> {
    const name = signature(parting);
    const label = candidate.labels[parting.step] ?? '';
    const known = this.found.get(name);
    if (known) {
      known.programs.add(candidate.name);
      known.labels.add(label);
      return;
    }
    const tries = this.tried.get(name) ?? 0;
    if (!isFirst && tries >= MOST_TRIES) return;
    const small = await this.small(candidate, parting, isFirst);
    if (!small) {
      this.tried.set(name, tries + 1);
      this.following.add(name);
      return;
    }
    this.found.set(name, foundIn(candidate, parting, small));
  }

  /** The program made smaller until nothing differs before the difference; undefined when it needs another one. */
  private async small(candidate: Candidate, parting: Parting, isFirst: boolean): Promise<Shrunk | undefined> {
    const start: Shrunk = { program: candidate.program, labels: candidate.labels, step: parting.step };
    // What lanes show depends on all that they do; what was logged once is not logged again.
    const whole = candidate.program.steps.some(({ op }) => op === 'parallel') || this.once(parting);
    if (whole) return isFirst ? start : undefined;
    let alone = isFirst;
    const small = await shrink(start, async ({ program, labels }) => {
      const [one, other] = await this.both({ ...candidate, program, labels });
      if (isLost(one) || isLost(other)) {
        await this.revive(one, other);
        return undefined;
      }
      const [first] = this.seen(one, other, this.sides(labels));
      if (first === undefined || signature(first) !== signature(parting)) return undefined;
      alone = true;
      return first.step;
    });
    return alone ? small : undefined;
  }

  /** A program that takes a machine down is a difference when the other one lives. */
  private async lost(candidate: Candidate, one: Trace | Lost, other: Trace | Lost): Promise<void> {
    const gone = [one, other].find(isLost)!;
    if (!gone.fault) throw new Ended(`${isLost(one) ? this.a.name : this.b.name} was lost: ${gone.why}`);
    if (!(isLost(one) && isLost(other))) {
      const step = Math.min(gone.steps, candidate.program.steps.length - 1);
      const [a, b] = [one, other].map(ran => (isLost(ran) ? `went down: ${plainLine(ran.why)}` : 'lives'));
      const direction = isLost(other) ? 'regression suspect' : 'other difference';
      const parting: Parting = { step, kind: 'status', call: 'machine', a: a!, b: b!, direction };
      const name = signature(parting);
      const small = { program: candidate.program, labels: candidate.labels, step };
      const known = this.found.get(name);
      if (known) known.programs.add(candidate.name);
      else this.found.set(name, foundIn(candidate, parting, small));
    }
    await this.revive(one, other);
  }

  private async revive(one: Trace | Lost, other: Trace | Lost): Promise<void> {
    for (const [side, ran] of [
      [this.a, one],
      [this.b, other],
    ] as const)
      if (isLost(ran) && !(await side.again())) throw new Ended(`${side.name} was lost: ${ran.why}`);
  }
}

function foundIn(candidate: Candidate, parting: Parting, small: Shrunk): Found {
  const labels = new Set([candidate.labels[parting.step] ?? '']);
  return { parting, candidate, small, labels, programs: new Set([candidate.name]) };
}

/** Within one program. */
const key = (parting: Parting) => `${parting.step}|${signature(parting)}`;
