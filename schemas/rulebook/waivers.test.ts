import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Remark, RuleInfo } from './rule.ts';
import { applyWaivers, readWaivers } from './waivers.ts';

const rule: RuleInfo = { id: 'layout.hole', severity: 'error', summary: 's', reason: 'r', source: 'd' };
const remark = (subject: string): Remark => ({ rule, subject, message: subject });

test('a waiver should take off the remark that it names, and no other', () => {
  const waivers = readWaivers(
    'w.yaml',
    { waivers: [{ rule: 'layout.hole', subject: 'a.x', reason: 'shipped' }] },
    [rule],
  );
  const { remarks, waived, unused } = applyWaivers([remark('a.x'), remark('a.y')], waivers);
  assert.equal(
    remarks.map(({ subject }) => subject),
    ['a.y'],
  );
  assert.is(waived.length, 1);
  assert.equal(unused, []);
});

test('a waiver that no remark needs should be told', () => {
  const waiver = { rule: 'layout.hole', subject: 'a.x', reason: 'shipped' };
  assert.equal(applyWaivers([remark('a.y')], [waiver]).unused, [waiver]);
});

test('a waiver without a reason or of an unknown rule should be refused', () => {
  const read = (waiver: object) => readWaivers('w.yaml', { waivers: [waiver] }, [rule]);
  assert.throws(() => read({ rule: 'layout.hole', subject: 'a.x' }), /w\.yaml.*reason/);
  assert.throws(() => read({ rule: 'layout.hol', subject: 'a.x', reason: 'shipped' }), /no rule layout\.hol/);
});

test.run();
