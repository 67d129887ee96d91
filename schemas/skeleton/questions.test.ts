import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../catalogue/catalogue.ts';
import { answered } from './answered.ts';
import { type AskedQuestion, questionsOf, toldBy } from './questions.ts';

const { facts, types } = catalogue().drivers.get('ethosu')!;
const asked = { driver: 'ethosu', facts, types };
const none = () => undefined;

/** Answers that take every guess, some of them given. */
function taken(given: Readonly<Record<string, AskedQuestion['answer']>> = {}): AskedQuestion[] {
  let questions: AskedQuestion[] = [];
  // What follows from an answer is asked next.
  for (;;) {
    const next = questionsOf(asked, toldBy(questions)).map(question => ({
      ...question,
      answer:
        given[question.id] ?? (question.guess !== '' ? 'yes' : question.id.endsWith('values') ? [] : 'told'),
    }));
    if (next.length === questions.length) return next;
    questions = next;
  }
}

test('every question should be exact: its own id, a text, and a guess that is one of the answers', () => {
  const questions = questionsOf(asked, none);
  assert.is(new Set(questions.map(({ id }) => id)).size, questions.length);
  for (const { ask, guess, one_of } of questions) {
    assert.match(ask, /[?.]$/);
    if (one_of) assert.ok(one_of.includes(String(guess)), ask);
  }
  for (const { name } of facts.ioctls) assert.ok(questions.some(({ ask }) => ask.startsWith(name)));
});

test('what an answer leads to should be asked', () => {
  const before = questionsOf(asked, none).map(({ id }) => id);
  assert.not.ok(before.includes('perfmon_destroy.id.resource'));
  const told = toldBy([
    { id: 'perfmon_destroy.id.role', ask: '?', guess: 'value', answer: 'handle' },
    { id: 'perfmon_destroy.id.direction', ask: '?', guess: 'inout', answer: 'in' },
  ]);
  const after = questionsOf(asked, told);
  const asks = after.filter(({ id }) => id.startsWith('perfmon_destroy.id.'));
  assert.equal(
    asks.map(({ id, guess }) => [id.slice('perfmon_destroy.id.'.length), guess]),
    [
      ['role', 'value'],
      ['direction', 'in'],
      ['resource', 'id'],
      ['errno', 'ENOENT'],
      ['ends', 'yes'],
    ],
  );
});

test('without answers every call should stay a skeleton of level L1', () => {
  const { manifest, calls, open } = answered(asked, none);
  assert.is(manifest.level, 'L1');
  assert.ok(open.length > 50);
  for (const { questions, body } of calls) {
    assert.ok(questions!.length > 0);
    assert.equal(body, []);
  }
});

test('with all answers the checks should be those that the collection has, by the same documents', () => {
  const { manifest, calls, open } = answered(asked, toldBy(taken()));
  assert.equal(open, []);
  assert.is(manifest.level, 'L2');
  const own = calls.find(({ key }) => key === 'bo_mmap_offset')!;
  const described = catalogue().drivers.get('ethosu')!.calls.get('DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET')!;
  const shown = (body: typeof own.body) =>
    body.flatMap(rule => ('check' in rule ? [[rule.when, rule.errno, rule.clause]] : []));
  const order = (list: unknown[]) => list.map(each => JSON.stringify(each)).sort();
  assert.equal(order(shown(own.body)), order(shown(described.semantics.body)));
  const create = calls.find(({ key }) => key === 'bo_create')!;
  assert.ok(create.body.some(rule => 'set' in rule && 'fresh' in rule.to && rule.to.fresh === 'gem_handle'));
  assert.ok(create.environmental!.includes('EINVAL'));
});

test('an errno that is not the recommended one should be what somebody read, not what a document demands', () => {
  const other = taken({ 'bo_wait.pad.errno': 'EPERM', 'bo_wait.handle.errno': 'none' });
  const { calls } = answered(asked, toldBy(other));
  const checks = calls
    .find(({ key }) => key === 'bo_wait')!
    .body.flatMap(rule => ('check' in rule ? [rule] : []));
  assert.equal(
    checks.map(({ check, errno, basis }) => [check, errno, basis]),
    [['pad-nonzero', 'EPERM', 'code']],
  );
});

test('a call that writes behind a pointer should need a hand', () => {
  const { calls, manifest } = answered(asked, toldBy(taken({ 'dev_query.pointer.written': 'yes' })));
  const [left] = calls.find(({ key }) => key === 'dev_query')!.questions!;
  assert.match(left!.ask, /^what does the call write where pointer leads to\?/);
  assert.is(manifest.level, 'L2');
});

test.run();
