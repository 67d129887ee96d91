/** Mutates valid files and loads them: each loads, or is refused with one sentence that names file, line and column. */
import { catalogue } from '../../schemas/index.ts';
import { Random } from '../plan/random.ts';
import { BYTES } from './bytes.ts';
import type { Loadable } from './corpus.ts';
import { ENCODINGS, EXTREMES } from './extremes.ts';
import type { Mutation, MutationContext } from './mutation.ts';
import { NUMBER, REFERENCES, STRUCTURE, TYPES } from './structure.ts';

const KINDS: readonly (readonly Mutation[])[] = [
  BYTES,
  STRUCTURE,
  TYPES,
  REFERENCES,
  [...NUMBER, ...EXTREMES],
  ENCODINGS,
];

export type Outcome = 'loaded' | 'refused' | 'failed';

export interface Failure {
  readonly number: number;
  readonly path: string;
  readonly mutation: string;
  readonly what: string;
  readonly bytes: Uint8Array;
}

export interface Tally {
  /** By kind of mutation, then by outcome. */
  readonly kinds: Map<string, Record<Outcome, number>>;
  /** By sort of file. */
  readonly sorts: Map<string, Record<Outcome, number>>;
  /** Milliseconds of each load. */
  readonly times: number[];
  slowest: { millis: number; about: string };
  readonly failures: Failure[];
}

function count(map: Map<string, Record<Outcome, number>>, name: string, outcome: Outcome): void {
  const counts = map.get(name) ?? { loaded: 0, refused: 0, failed: 0 };
  counts[outcome] += 1;
  map.set(name, counts);
}

/** Words of the descriptions: keys and short texts. */
export function namesOf(subjects: readonly Loadable[]): string[] {
  const names = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value === 'string' && value.length < 60) names.add(value);
    if (value === null || typeof value !== 'object') return;
    for (const [key, item] of Object.entries(value)) {
      if (!Array.isArray(value)) names.add(key);
      look(item);
    }
  };
  for (const { data } of subjects) look(data);
  return [...names].sort();
}

/** What is wrong with how a load ended; undefined when it was refused as it must be. */
export function fault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  if (error.name !== 'InvalidData') return `${error.name}: ${error.message}\n${error.stack ?? ''}`;
  if (!/^[\w./@-]+:\d+:\d+: \S/.test(error.message)) return `no position: ${error.message}`;
  if (error.message.includes('\n')) return `more than one line: ${error.message}`;
  if (error.message.length > 1500) return `a sentence of ${error.message.length} characters`;
  return undefined;
}

function outcomeOf(subject: Loadable, bytes: Uint8Array): { outcome: Outcome; what: string } {
  try {
    subject.load(bytes);
    return { outcome: 'loaded', what: '' };
  } catch (error) {
    const what = fault(error);
    return what === undefined ? { outcome: 'refused', what: '' } : { outcome: 'failed', what };
  }
}

/** The kinds and the sorts of files take turns, so that few mutations see all of them too. */
export function fuzz(subjects: readonly Loadable[], mutations: number, seed: number): Tally {
  const random = new Random(seed);
  const names = namesOf(subjects);
  const sorts = [...new Set(subjects.map(({ sort }) => sort))].map(sort =>
    subjects.filter(subject => subject.sort === sort),
  );
  const tally: Tally = {
    kinds: new Map(),
    sorts: new Map(),
    times: [],
    slowest: { millis: 0, about: '' },
    failures: [],
  };
  const context: MutationContext = { random, names, other: () => random.pick(subjects) };
  const before = JSON.stringify([...catalogue().drivers.values()].map(({ manifest }) => manifest));
  for (let number = 0; number < mutations; number += 1) {
    const subject = random.pick(sorts[number % sorts.length]!);
    const mutation = random.pick(KINDS[number % KINDS.length]!);
    const bytes = mutation.mutate(subject, context);
    const start = performance.now();
    const { outcome, what } = outcomeOf(subject, bytes);
    const millis = performance.now() - start;
    const about = `${mutation.kind}, ${mutation.name}: ${subject.path}`;
    tally.times.push(millis);
    if (millis > tally.slowest.millis) tally.slowest = { millis, about };
    count(tally.kinds, mutation.kind, outcome);
    count(tally.sorts, subject.sort, outcome);
    if (outcome === 'failed')
      tally.failures.push({
        number,
        path: subject.path,
        mutation: `${mutation.kind}, ${mutation.name}`,
        what,
        bytes,
      });
  }
  const after = JSON.stringify([...catalogue().drivers.values()].map(({ manifest }) => manifest));
  if (after !== before) throw new Error('a load changed the catalogue that is built in');
  return tally;
}
