import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue, diffRules, GUIDELINES, lintRules, staticTests, walk } from '../schemas/index.ts';
import { type ClauseId, clauseFiles, clauses, isClauseId, judgedFamilies, ledger } from './index.ts';

test('every clause should have its own id, and the ledger should hold exactly those that are active', () => {
  const ids = clauses.map(clause => clause.id as string);
  assert.is(new Set(ids).size, ids.length);
  assert.equal(
    ledger
      .filter(entry => entry.state === 'active')
      .map(entry => entry.id)
      .sort(),
    [...ids].sort(),
  );
  assert.is(new Set(ledger.map(entry => entry.id)).size, ledger.length, 'an id stands twice in the ledger');
});

test('an id should start with its family, and a MUST should rest on the core, a header or a document', () => {
  for (const clause of clauses) {
    assert.match(clause.id, /^[a-z]+\./);
    if (clause.level === 'MUST') assert.ok(['core', 'header', 'doc'].includes(clause.basis), clause.id);
    assert.match(clause.source, /^[A-Za-z]+\/.*:\d+$/, `${clause.id} names a file and a line`);
    // What one driver does is no law for the others.
    if (clause.basis === 'core') assert.not.match(clause.source, /^drivers\/accel\/[a-z]+\//, clause.id);
  }
});

test('every clause that a description or a deviation cites should exist', () => {
  for (const driver of catalogue().drivers.values()) {
    for (const call of [...driver.calls.values(), ...driver.files.values()]) {
      for (const rule of walk(call.semantics.body))
        if ('clause' in rule) assert.ok(isClauseId(rule.clause), `${call.path} cites ${rule.clause}`);
    }
    for (const deviation of driver.deviations)
      assert.ok(isClauseId(deviation.clause), `${deviation.id} cites ${deviation.clause}`);
  }
});

test('a static clause should be tested by lint, diff or a script when it is a MUST, and only static ones are', () => {
  const errors = new Set(
    [...lintRules, ...diffRules].filter(({ severity }) => severity === 'error').map(({ id }) => id),
  );
  for (const { id, level, observable } of clauses) {
    const tests = staticTests(id);
    if (observable !== 'static') assert.equal(tests, [], `${id} is not static`);
    // A remark that is no error lets a violation through.
    const strict = tests.some(test => test.startsWith('npm ') || errors.has(test.split(' ')[1]!));
    if (observable === 'static' && level === 'MUST') assert.ok(strict, `${id} is a MUST that nothing tests`);
    if (observable === 'static') assert.ok(tests.length > 0, `${id} is static, and nothing looks for it`);
  }
  for (const { says, clause } of GUIDELINES)
    if (clause !== undefined) assert.ok(isClauseId(clause), `${says} names ${clause}`);
});

test('a clause should have no id that a rule of lint or diff has', () => {
  const taken = new Set([...lintRules, ...diffRules].map(({ id }) => id));
  assert.equal(
    clauses.map(({ id }) => id as string).filter(id => taken.has(id)),
    [],
  );
});

test('what rests on us alone should be a SHOULD at most', () => {
  for (const { id, level, basis } of clauses)
    if (basis === 'house') assert.ok(['SHOULD', 'ADVISORY'].includes(level), id);
});

test('the files should be in the order of their numbers, and each should hold its own family', () => {
  assert.equal(
    clauseFiles.slice(0, 3).map(({ family }) => family),
    ['node', 'dispatch', 'reserved'],
  );
  for (const { family, clauses: own } of clauseFiles)
    for (const { id } of own) assert.ok(id.startsWith(`${family}.`), id);
  assert.ok(judgedFamilies.includes('handle'));
  assert.not.ok(judgedFamilies.includes('bring'));
});

test('an id that is not in the registry should not compile', () => {
  // @ts-expect-error: the compiler refuses this file once it would accept the id
  const unknown: ClauseId = 'handle.not-in-the-registry';
  assert.not.ok(isClauseId(unknown));
});

test.run();
