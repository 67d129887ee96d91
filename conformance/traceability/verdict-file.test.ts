import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue, netlinkFamilies, validate } from '../../schemas/index.ts';
import { isClauseId } from '../../spec/index.ts';
import { packageRoot } from '../cli/version.ts';
import type { VerdictName } from '../run/verdict.ts';
import {
  readVerdictFiles,
  VERDICT_FOLDER,
  verdictFile,
  verdictFileName,
  verdictText,
  worstOf,
} from './verdict-file.ts';

const run = {
  kit: { name: 'accel-uapi', version: '1' },
  target: { name: 'qemu:a', driver: 'a', release: '7.3.4', abi: 'x86_64', met: 'kernel' },
  seed: 1,
  tier: 'reversible',
} as never;
const verdict = (clause: string, name: string, deviations: string[] = []) =>
  ({ clause, verdict: name, deviations }) as never;
const made = verdictFile({
  run,
  verdicts: [
    verdict('node.name', 'conforms'),
    verdict('handle.zero', 'not reached'),
    verdict('handle.zero', 'conforms'),
    verdict('handle.zero', 'violates (known)', ['a-does']),
    verdict('handle.zero', 'conforms'),
  ],
  end: { status: 0 } as never,
  select: '',
  date: '2026-01-02',
});

test('the worst verdict should stand for a clause, and what was not reached for nothing that was', () => {
  assert.is(worstOf(['conforms', 'not reached', 'violates', 'unknown']), 'violates');
  assert.is(worstOf(['not reached', 'conforms', 'not claimed']), 'conforms');
  assert.is(worstOf(['not claimed', 'not reached']), 'not reached');
});

test('a file should count instances by verdict, and name the deviations that showed', () => {
  assert.equal(made.clauses['handle.zero'], {
    worst: 'violates (known)',
    counts: { conforms: 2, 'violates (known)': 1, 'not reached': 1 },
  });
  assert.equal(Object.keys(made.clauses), ['handle.zero', 'node.name']);
  assert.equal(made.deviations, { 'a-does': 1 });
  assert.equal(validate('verdicts', 'made', JSON.parse(JSON.stringify(made))), made);
});

test('a second run that gives the same should write the same bytes on another day', () => {
  const later = { ...made, date: '2026-02-03' };
  assert.is(verdictText(later, made), verdictText(made, undefined));
  assert.match(verdictText({ ...later, status: 1 }, made), /2026-02-03/);
});

test('the name of a file should come from its target', () => {
  assert.is(verdictFileName('reference:ethosu,profile=u85'), 'reference-ethosu-profile-u85.json');
  assert.is(verdictFileName('/dev/accel/accel0'), 'dev-accel-accel0.json');
});

test('every file that is kept should be about clauses and deviations that exist', () => {
  const known = new Set(
    [...catalogue().drivers.values(), ...netlinkFamilies().values()].flatMap(each =>
      each.deviations.map(({ id }) => id),
    ),
  );
  const files = readVerdictFiles(packageRoot());
  assert.equal(
    files.map(({ target }) => verdictFileName(target)).sort(),
    readdirSync(join(packageRoot(), VERDICT_FOLDER)).sort(),
  );
  for (const { target, clauses, deviations } of files) {
    for (const id of Object.keys(clauses)) assert.ok(isClauseId(id), `${target} names ${id}`);
    for (const id of Object.keys(deviations)) assert.ok(known.has(id), `${target} names ${id}`);
  }
});

test("README's table should be what is kept of every machine", () => {
  const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8').split('\n');
  const rows = readme
    .filter(line => line.startsWith('| `qemu:'))
    .map(line => {
      const [machine, kernel, ...counts] = line.split('|').slice(1, -1);
      return [/`(.*)`/.exec(machine!)![1], kernel!.trim(), ...counts.map(Number)];
    });
  const kept = readVerdictFiles(packageRoot())
    .filter(({ met }) => met === 'kernel')
    .map(({ target, kernel, clauses }) => {
      const [, release, machine] = /^([\d.]+).*-(\w+)$/.exec(kernel)!;
      const all = (name: VerdictName) =>
        Object.values(clauses).reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0);
      return [target, `${release} ${machine}`, all('conforms'), all('violates'), all('violates (known)')];
    });
  const sorted = (list: (string | number | undefined)[][]) => list.map(row => row.join(' ')).sort();
  assert.equal(sorted(rows), sorted(kept));
});

test.run();
