/** Every rule fires on the example that breaks it, and not on the one that holds. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createTestParser } from '../extract/parser.test.helper.ts';
import { subjectOf } from './examples.test.helper.ts';
import { lint, lintRules } from './lint.ts';
import { runsOn } from './lint-rule.ts';

const parser = await createTestParser();

for (const rule of lintRules) {
  test(`${rule.id} should find what breaks it`, () => {
    const subject = subjectOf(rule.breaks, parser);
    assert.ok(runsOn(rule, subject), 'the example lacks what the rule needs');
    const found = [...rule.check(subject)];
    assert.is(found.length, 1, found.map(({ message }) => message).join('\n') || 'nothing was found');
    assert.is(found[0]!.rule, rule);
    assert.ok(found[0]!.message.length > found[0]!.subject.length);
  });
  test(`${rule.id} should be silent on what holds, and so should every error`, () => {
    const subject = subjectOf(rule.holds, parser);
    assert.ok(runsOn(rule, subject), 'the example lacks what the rule needs');
    assert.equal([...rule.check(subject)], []);
    const errors = lint(subject).filter(({ rule: { severity } }) => severity === 'error');
    assert.equal(
      errors.map(({ message }) => message),
      [],
    );
  });
}

test('ids should be unique and named by their group', () => {
  const ids = lintRules.map(({ id }) => id);
  assert.is(new Set(ids).size, ids.length);
  for (const id of ids)
    assert.match(id, /^(layout|field|number|const|name|header|semantics|time|doc)\.[a-z0-9-]+$/);
});

test('every rule should say why in sentences and from where', () => {
  for (const { id, summary, reason, source } of lintRules) {
    for (const text of [summary, reason]) assert.match(text, /^[A-Z].*\.$/s, `${id}: ${text}`);
    assert.ok(source.length > 10, id);
  }
});

test.run();
