import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { diffRules } from '../diff/diff.ts';
import { GUIDELINES, staticTests } from './coverage.ts';
import { lintRules } from './lint.ts';

test('every guideline should have rules that exist, or a reason why it has none', () => {
  const known = new Set(lintRules.map(({ id }) => id));
  const changes = new Set(diffRules.map(({ id }) => id));
  for (const { says, rules = [], changes: own = [], scripts = [], declined } of GUIDELINES) {
    assert.is(rules.length + own.length + scripts.length > 0, declined === undefined, says);
    for (const rule of rules) assert.ok(known.has(rule), `${says} names ${rule}`);
    for (const rule of own) assert.ok(changes.has(rule), `${says} names ${rule}`);
  }
});

test('every rule should rest on a guideline', () => {
  const named = new Set(GUIDELINES.flatMap(({ rules = [] }) => rules));
  assert.equal(
    lintRules.map(({ id }) => id).filter(id => !named.has(id)),
    [],
  );
});

test('what tests a clause should be gathered from all guidelines that name it', () => {
  assert.equal(staticTests('layout.plain'), ['lint field.enum', 'lint field.bitfield', 'lint field.char']);
  assert.equal(staticTests('layout.never-reused'), ['diff wire.ioctl-number-reused']);
  assert.equal(staticTests('ras.interface').at(-1), 'npm run test:ynl');
  assert.equal(staticTests('handle.zero'), []);
});

test.run();
