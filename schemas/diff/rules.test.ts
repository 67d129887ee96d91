/** Every rule by its own examples: it fires where it says so, and nothing of severity error beside what holds. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createTestParser } from '../extract/parser.test.helper.ts';
import { fingerprint } from '../rulebook/rule.ts';
import { diff, diffRules } from './diff.ts';
import { readExample } from './example.test.helper.ts';
import type { Example } from './rule.ts';

const parser = await createTestParser();
const read = (example: Example) => readExample(parser, example);

for (const rule of diffRules) {
  const run = ({ old, new: now }: typeof rule.breaks) => diff(read(old), read(now));

  test(`${rule.id} should name what breaks, and no other rule of severity error what it does not`, () => {
    const remarks = run(rule.breaks);
    const ids = remarks.map(remark => remark.rule.id);
    assert.ok(ids.includes(rule.id), `found ${ids.join(', ') || 'nothing'}`);
    const others = remarks.filter(each => each.rule.severity === 'error' && each.rule.id !== rule.id);
    assert.equal(others.map(fingerprint), []);
  });

  test(`${rule.id} should be silent where nobody is hurt`, () => {
    const remarks = run(rule.holds);
    assert.equal(remarks.filter(({ rule: { severity } }) => severity === 'error').map(fingerprint), []);
    assert.equal(remarks.filter(each => each.rule.id === rule.id).map(fingerprint), []);
  });
}

test('ids should be unique, and say the group of the category', () => {
  const ids = diffRules.map(({ id }) => id);
  assert.is(new Set(ids).size, ids.length);
  for (const { id, category, severity } of diffRules) {
    assert.match(id, /^(wire|source|behaviour|doc|nl|added)\.[a-z0-9-]+$/);
    const [group] = id.split('.');
    if (group !== 'nl' && group !== 'added') assert.is(group!.toUpperCase(), category);
    if (group === 'added') assert.is(severity, 'info');
    if (category === 'DOC') assert.is.not(severity, 'error');
  }
});

test('the same interface twice should give nothing', () => {
  for (const rule of diffRules)
    for (const example of [rule.breaks.old, rule.breaks.new, rule.holds.new])
      assert.equal(diff(read(example), read(example)), []);
});

test.run();
