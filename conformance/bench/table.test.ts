import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BenchRow } from '../../schemas/index.ts';
import { machineText, sectionText } from './table.ts';

const row: BenchRow = {
  what: 'a name that is too long for one line of the table as it is printed',
  unit: 'steps',
  ours: 1234567.8,
  against: 'something else',
  theirs: 9.87,
  ratio: 0.0123,
  goal: 0.5,
  why: 'so it is '.repeat(20).trim(),
  met: false,
  repetitions: 3,
  spread: { ours: 0.256, theirs: 1.5 },
};

test('a table should have 80 columns at most and say every figure', () => {
  const text = sectionText({ name: 'kernel', rests: 'a kernel '.repeat(12).trim(), rows: [row] });
  for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
  assert.match(text, /1,234,568 ± {1,2}26%/);
  assert.match(text, /9\.9 ±150%/);
  assert.match(text, 'ratio 0.012, goal at least 0.50: NOT MET (medians of 3)');
});

test('a section that was left out should say why', () => {
  const text = sectionText({
    name: 'kernel',
    rests: 'nothing was measured',
    skipped: 'no QEMU here',
    rows: [],
  });
  assert.match(text, 'skipped: no QEMU here');
});

test('the machine should be named', () => {
  const machine = { cpu: 'a processor', cpus: 2, arch: 'x64', kernel: '6.1', node: '20', load: 1.25 };
  assert.match(machineText({ machine, quick: true }), '2 x a processor (x64), Linux 6.1, Node 20, load 1.3');
});

test.run();
