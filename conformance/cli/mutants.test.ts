import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { allMutants } from '../../reference/index.ts';
import { type KillMatrix, validate } from '../../schemas/index.ts';
import { printKillMatrix } from '../report/kill-matrix.ts';
import { chosen } from './mutants.ts';
import { commandPath } from './version.ts';

const main = commandPath();

function run(...args: string[]): { status: number | null; out: string; talk: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'mutants', ...args], {
    encoding: 'utf8',
  });
  return { status, out: stdout, talk: stderr };
}

const message = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

test('mutants should be chosen by class and by clause', () => {
  assert.is(chosen(allMutants(), undefined).length, allMutants().length);
  assert.ok(chosen(allMutants(), 'C05').every(mutant => mutant.class === 'C05'));
  const both = chosen(allMutants(), 'C15,node');
  assert.ok(both.some(({ id }) => id === 'node.gpu-major') && both.some(mutant => mutant.class === 'C15'));
  assert.ok(
    both.every(({ clauses, ...rest }) => rest.class === 'C15' || clauses.some(id => id.startsWith('node.'))),
  );
});

test('a selection that matches nothing should say so, for a class with the reason', () => {
  assert.match(
    message(() => chosen(allMutants(), 'C41')),
    /C41 is no fault class; expected C01 to C40/,
  );
  assert.match(
    message(() => chosen(allMutants(), 'C37')),
    /C37 matches no mutant: no feature/,
  );
  assert.match(
    message(() => chosen(allMutants(), 'node.mayor')),
    /node\.mayor matches no clause that a mutant names/,
  );
});

test('the command should print the matrix as its schema says, and end with 0 when all die', () => {
  const { status, out } = run('--driver', 'vgem', '--select', 'C02', '--format', 'json');
  assert.is(status, 0);
  const { mutants: rows } = validate<KillMatrix>('mutants', 'standard output', JSON.parse(out));
  assert.equal(
    rows.map(({ id }) => id),
    chosen(allMutants(), 'C02')
      .filter(({ driver }) => driver === 'vgem')
      .map(({ id }) => id),
  );
  assert.ok(rows.every(({ killed, by, clause }) => killed && by.includes(clause)));
});

test('a driver without a reference should end with 2 and the nearest name', () => {
  const { status, talk } = run('--driver', 'vgen');
  assert.is(status, 2);
  assert.match(
    talk,
    /--driver vgen is no driver that is described whole \(level L3\) \(did you mean vgem\?\); expected one of/,
  );
});

test('a survivor, an equivalent and an untested clause should be told with their reasons, in 80 columns', () => {
  const row = {
    id: 'a.b',
    class: 'C01',
    clause: 'reserved.field',
    driver: 'vgem',
    killed: false,
    by: [],
    millis: 3,
  };
  const matrix: KillMatrix = {
    seed: 1,
    runs: 2,
    mutants: [
      { ...row, missed: ['reserved.field'] },
      { ...row, id: 'a.c', equivalent: 'It is the same.' },
      { ...row, id: 'a.d', killed: true, by: ['reserved.field'] },
    ],
    classes: [
      { id: 'C01', sentence: 'A member is not looked at.', mutants: 2, killed: 1 },
      { id: 'C37', sentence: 'What devlink tells is wrong.', mutants: 0, killed: 0, none: 'no feature' },
    ],
    families: [{ family: 'reserved', kills: 1, only: 1 }],
    untested: ['node.major'],
  };
  let shown = '';
  printKillMatrix({ write: text => (shown += text) }, matrix, { width: 80, partial: false });
  assert.match(shown, /SURVIVES a\.b\n +every program ended as on the strict reference/);
  assert.match(shown, /equivalent, not counted\n +a\.c\n +It is the same\./);
  assert.match(shown, /untested: no mutant dies by\n +node\.major/);
  assert.match(shown, /C37 +none +What devlink tells is wrong\. - no feature/);
  assert.match(
    shown,
    /1 of 2 mutants killed, 1 equivalent\n +time to kill: median 3 ms, worst 3 ms \(a\.d\)/,
  );
  assert.ok(shown.split('\n').every(line => line.length <= 80));
});

test.run();
