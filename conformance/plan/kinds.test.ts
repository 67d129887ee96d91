import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { profileParams } from '../../reference/index.ts';
import { checks } from '../../schemas/index.ts';
import { context } from '../families/context.test.helper.ts';
import { kindHere, kindsToTry } from './kinds.ts';
import { payloads } from './payloads.ts';

const on = (profile: string) => {
  const plan = context('habanalabs');
  return { ...plan, params: profileParams(plan.driver, profile) };
};
const labels = (profile: string, name: string) => {
  const plan = on(profile);
  const call = plan.driver.calls.get(name)!;
  return payloads(call).map(({ label }, kind) => [label, payloads(call)[kindHere(plan, call, kind)]!.label]);
};

test('a kind of good call that a chip refuses should give way to one that it takes', () => {
  const moved = labels('gaudi', 'DRM_IOCTL_HL_CB').filter(([wanted, made]) => wanted !== made);
  // Gaudi's command buffers are not mapped (drivers/accel/habanalabs/common/command_buffer.c:296).
  assert.ok(moved.some(([wanted]) => wanted === 'a command buffer that the device sees'));
  assert.not.ok(moved.some(([, made]) => made === 'a command buffer that the device sees'));
});

test('where a chip takes every kind, each should stay what it is', () => {
  const moved = labels('gaudi2', 'DRM_IOCTL_HL_CB').filter(([wanted, made]) => wanted !== made);
  assert.equal(moved, []);
});

test('kinds that come to a check should be tried first, and the others after them', () => {
  const plan = on('gaudi2');
  const call = plan.driver.calls.get('DRM_IOCTL_HL_CB')!;
  const kinds = payloads(call).map(({ label }) => label);
  const first = (name: string) => {
    const check = checks(call.semantics.body).find(each => each.check === name)!;
    const tried = kindsToTry(plan, call, [check]);
    assert.equal(
      [...tried].sort((a, b) => a - b),
      [...kinds.keys()],
    );
    return kinds[tried[0]!];
  };
  assert.is(first('size-beyond-most'), 'a command buffer');
  assert.is(first('destroy-unknown'), 'the end of a command buffer');
});

test.run();
