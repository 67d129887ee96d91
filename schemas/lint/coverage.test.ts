import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GUIDELINES } from './coverage.ts';
import { lintRules } from './lint.ts';

test('every guideline should have rules that exist, or a reason why it has none', () => {
  const known = new Set(lintRules.map(({ id }) => id));
  for (const { says, rules = [], declined } of GUIDELINES) {
    assert.is(rules.length > 0, declined === undefined, says);
    for (const rule of rules) assert.ok(known.has(rule), `${says} names ${rule}`);
  }
});

test('every rule should rest on a guideline', () => {
  const named = new Set(GUIDELINES.flatMap(({ rules = [] }) => rules));
  assert.equal(
    lintRules.map(({ id }) => id).filter(id => !named.has(id)),
    [],
  );
});

test.run();
