import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue, walk } from '../schemas/index.ts';
import { type ClauseId, clauses, isClauseId, ledger } from './index.ts';

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

test('an id that is not in the registry should not compile', () => {
  // @ts-expect-error: the compiler refuses this file once it would accept the id
  const unknown: ClauseId = 'handle.not-in-the-registry';
  assert.not.ok(isClauseId(unknown));
});

test.run();
