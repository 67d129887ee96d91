/** The verdicts of the executor beside a served reference, and of the same reference without a program between. */
import type { VerdictEvent } from '../run/events.ts';
import { runValidate } from './run-validate.ts';

/** What differs, and why it cannot be otherwise. */
interface Difference {
  readonly clause: RegExp;
  /** Of the served one. */
  readonly because?: RegExp;
  readonly why: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    clause: /^argument\.fetch$/,
    why: 'only the reference itself tells how often it read user memory; no executor can see it',
  },
  {
    clause: /^race\./,
    because: /never ran at the same time/,
    why: 'the lanes of a race run in real time, and may never overlap; the reference itself runs each order',
  },
  {
    clause: /^interrupted\./,
    because: /did not find (it|the wait) asleep|came about when the signal did/,
    why: 'a signal comes in real time, and what the call waits for may come first; the reference chooses their order',
  },
];

export interface Compared {
  readonly reference: string;
  readonly served: string;
  readonly instances: number;
  /** Differences that no reason explains, a line each. */
  readonly unexplained: readonly string[];
  /** How many have which reason. */
  readonly explained: ReadonlyMap<string, number>;
}

const byName = (verdicts: readonly VerdictEvent[]) =>
  new Map(verdicts.map(verdict => [`${verdict.clause}@${verdict.instance}`, verdict]));

export async function compareServed(driver: string, words: readonly string[]): Promise<Compared> {
  const alone = await runValidate(`reference:${driver}`, words);
  const served = await runValidate('/dev/accel/accel0', words, driver);
  const [ours, theirs] = [byName(alone.verdicts), byName(served.verdicts)];
  const unexplained: string[] = [];
  const explained = new Map<string, number>();
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const [one, other] = [ours.get(name), theirs.get(name)];
    if (one?.verdict === other?.verdict) continue;
    const clause = (one ?? other)!.clause;
    const known = DIFFERENCES.find(
      each => each.clause.test(clause) && (each.because?.test(other?.reason ?? '') ?? true),
    );
    if (known) explained.set(known.why, (explained.get(known.why) ?? 0) + 1);
    else
      unexplained.push(
        `${name}: ${one?.verdict ?? 'no verdict'} alone, ${other?.verdict ?? 'no verdict'} served (${other?.reason ?? ''})`,
      );
  }
  const said = ({ status, seconds, end }: typeof alone) =>
    `status ${status}, ${end.counts.conforms} conform, ${end.counts.violates} violated, ${seconds.toFixed(0)} s`;
  return {
    reference: said(alone),
    served: said(served),
    instances: ours.size,
    unexplained,
    explained,
  };
}
