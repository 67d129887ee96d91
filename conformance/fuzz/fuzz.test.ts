import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InvalidData } from '../../schemas/index.ts';
import { packageRoot } from '../cli/version.ts';
import { corpus, type Loadable } from './corpus.ts';
import { fault, fuzz } from './fuzz.ts';
import { utf8 } from './mutation.ts';

const subjects = await corpus(packageRoot());

test('every kind of file that users give should be mutated', () => {
  const sorts = new Set(subjects.map(({ sort }) => sort));
  for (const sort of [
    'facts',
    'core',
    'drivers',
    'files',
    'primary',
    'spec',
    'profile',
    'trace',
    'stream',
    'claim',
  ])
    assert.ok(sorts.has(sort), sort);
});

test('a mutated file should load or be refused with its place', () => {
  const { failures, kinds } = fuzz(subjects, 150, 7);
  assert.equal(
    failures.map(({ path, mutation, what }) => `${mutation} of ${path}: ${what}`),
    [],
  );
  const counts = [...kinds.values()];
  assert.ok(counts.some(({ loaded }) => loaded > 0) && counts.some(({ refused }) => refused > 0));
});

test('the same seed should give the same mutations', () => {
  const seen: string[] = [];
  const watched = subjects
    .slice(0, 5)
    .map(
      (subject): Loadable => ({ ...subject, load: bytes => void seen.push(new TextDecoder().decode(bytes)) }),
    );
  fuzz(watched, 40, 3);
  const first = seen.splice(0);
  fuzz(watched, 40, 3);
  assert.equal(seen, first);
});

test('what is no refusal with a position should be a failure', () => {
  assert.match(fault(new RangeError('stack'))!, /RangeError/);
  assert.match(fault('text')!, /threw text/);
  assert.match(fault(new InvalidData('a sentence without a place'))!, /no position/);
  assert.match(fault(new InvalidData('a.yaml:1:1: two\nlines'))!, /more than one line/);
  assert.is(fault(new InvalidData('a.yaml:1:1: wrong')), undefined);
  const crashing: Loadable = {
    sort: 'none',
    path: 'a.yaml',
    bytes: utf8('a: 1\n'),
    data: { a: 1 },
    load: () => {
      throw new TypeError('undefined is no function');
    },
  };
  const { failures } = fuzz([crashing], 12, 1);
  assert.is(failures.length, 12);
});

test.run();
