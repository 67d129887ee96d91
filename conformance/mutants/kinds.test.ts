import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { allMutants } from '../../reference/index.ts';
import { ofEachKind } from './kinds.ts';

const mutants = allMutants();

test('every class, driver and clause of the mutants should be among those of each kind', () => {
  const some = ofEachKind(mutants);
  assert.ok(some.length < mutants.length / 2);
  const told = (of: typeof mutants) => [
    ...new Set(
      of.flatMap(({ driver, class: fault, clauses }) =>
        clauses.map(clause => `${driver} ${fault} ${clause}`),
      ),
    ),
  ];
  assert.equal(told(some).sort(), told(mutants).sort());
});

test('a kind should have its first and its last', () => {
  const [one] = mutants;
  const kind = ['a', 'b', 'c'].map(id => ({ ...one!, id }));
  assert.equal(
    ofEachKind(kind).map(({ id }) => id),
    ['a', 'c'],
  );
});

test.run();
