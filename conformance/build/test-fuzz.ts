/**
 * `npm run test:fuzz`: ten thousand mutations of valid files of every kind. Each loads, or is refused with one sentence
 * that names file, line and column; nothing else counts as passed. `--keep DIR` writes the files that fail.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scriptArgs } from '../cli/script-args.ts';
import { packageRoot } from '../cli/version.ts';
import { corpus } from '../fuzz/corpus.ts';
import { fuzz, type Outcome, type Tally } from '../fuzz/fuzz.ts';

const MUTATIONS = 10_000;
/** Failures that are printed in full. */
const SHOWN = 20;

function table(title: string, counts: Tally['kinds']): void {
  console.log(`${title.padEnd(14)}${['loaded', 'refused', 'failed'].map(name => name.padStart(9)).join('')}`);
  for (const [name, { loaded, refused, failed }] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`  ${name.padEnd(12)}${[loaded, refused, failed].map(n => String(n).padStart(9)).join('')}`);
}

const { values } = scriptArgs({
  options: { mutations: { type: 'string' }, seed: { type: 'string' }, keep: { type: 'string' } },
});
const mutations = Number(values.mutations ?? MUTATIONS);
const seed = Number(values.seed ?? 1);
const subjects = await corpus(packageRoot());
for (const { path, bytes, load } of subjects) {
  // What is mutated has to be good before.
  try {
    load(bytes);
  } catch (error) {
    console.log(`FAILED ${path} as it is: ${(error as Error).message}`);
    process.exit(1);
  }
}
const tally = fuzz(subjects, mutations, seed);
table('mutation', tally.kinds);
table('file', tally.sorts);
const times = [...tally.times].sort((a, b) => a - b);
const at = (part: number) => (times[Math.floor(part * (times.length - 1))] ?? 0).toFixed(1);
console.log(
  `${subjects.length} files, seed ${seed}; ms a load: median ${at(0.5)}, 99 of 100 below ${at(0.99)}, most ${at(1)} (${tally.slowest.about})`,
);
for (const { number, path, mutation, what, bytes } of tally.failures.slice(0, SHOWN)) {
  console.log(`FAILED number ${number}, ${mutation} of ${path}: ${what.split('\n').slice(0, 4).join(' | ')}`);
  if (values.keep === undefined) continue;
  mkdirSync(values.keep, { recursive: true });
  writeFileSync(join(values.keep, `${number}-${path.replaceAll('/', '_')}`), bytes);
}
const failed = tally.failures.length;
console.log(`${mutations - failed} passed, ${failed} failed`);
const outcomes: readonly Outcome[] = ['loaded', 'refused'];
// Mutations that all load, or are all refused, would show nothing.
const seen = outcomes.every(outcome => [...tally.kinds.values()].some(counts => counts[outcome] > 0));
process.exitCode = failed === 0 && seen ? 0 : 1;
