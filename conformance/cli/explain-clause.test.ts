import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clauses } from '../../spec/index.ts';
import { clauseLines } from './explain-clause.ts';

const of = (id: string) => clauseLines(id, () => ['a.rule'])!;
const value = (id: string, name: string) => of(id).find(([each]) => each === name)?.[1];

test('a clause should say where it shows, and why where it does not', () => {
  assert.is(value('layout.padding', 'shows'), 'in a header or a description');
  assert.match(value('errno.dead', 'shows')!, /^nowhere that the kit can look: \S/);
});

test('a static clause should name the rules that look for it, a dynamic one what cites it', () => {
  assert.is(value('layout.padding', 'tests'), 'lint layout.hole, lint layout.tail');
  assert.is(value('layout.padding', 'try'), 'accel-uapi lint');
  assert.is(value('layout.never-reused', 'try'), 'accel-uapi diff');
  assert.is(value('handle.closed', 'rules'), 'a.rule');
  assert.match(value('handle.closed', 'mutants')!, /\w/);
  assert.is(value('bring.userspace', 'rules'), undefined);
});

test('every clause should have a remedy and the release that first had it', () => {
  for (const { id } of clauses) {
    assert.match(value(id, 'remedy')!, /\.$/, id);
    assert.match(value(id, 'since')!, /^\d+\.\d+\.\d+$/, id);
  }
  assert.is(
    clauseLines('handle.none', () => []),
    undefined,
  );
});

test.run();
