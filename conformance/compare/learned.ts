/** What gives another answer every time, learned from runs of one program on one target. */
import type { Trace } from '../../schemas/index.ts';
import { partings, type Sides, type Volatile } from './differ.ts';

/** Members of an argument and lines of a file are the same wherever they show; all else is of one program's step. */
const isOfCall = (place: string) => /^(output|state) (?!byte )\S/.test(place);

export class Learned implements Volatile {
  private readonly ofCalls = new Set<string>();
  private ofSteps = new Set<string>();

  /** What was learned of single steps does not outlive their program. */
  begin(): void {
    this.ofSteps = new Set();
  }

  has(call: string, label: string, place: string): boolean {
    return isOfCall(place) ? this.ofCalls.has(`${call} ${place}`) : this.ofSteps.has(`${label} ${place}`);
  }

  /** Takes in all in which two runs on one target part. */
  from(one: Trace, other: Trace, sides: Omit<Sides, 'volatile'>): void {
    // A step tells of one place at a time.
    for (;;) {
      const found = partings(one, other, { ...sides, volatile: this });
      if (found.length === 0) return;
      for (const { call, step, kind, place } of found) {
        const where = `${kind} ${place ?? ''}`;
        if (isOfCall(where)) this.ofCalls.add(`${call} ${where}`);
        else this.ofSteps.add(`${sides.labels[step] ?? ''} ${where}`);
      }
    }
  }

  /** The places known, for a report. */
  get places(): string[] {
    return [...this.ofCalls].sort();
  }
}
