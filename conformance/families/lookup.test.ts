import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference, profileParams } from '../../reference/index.ts';
import { catalogue } from '../../schemas/index.ts';
import type { PlanContext } from '../plan/context.ts';
import { payloads } from '../plan/payloads.ts';
import { kindLookedUp, lookupsOf } from './lookup.ts';

const driver = catalogue().drivers.get('accelref')!;
const context: PlanContext = {
  driver,
  hello: createReference({ driver, profile: 'virtual' }).hello,
  nodePath: '/dev/accel/accel0',
  minor: 0,
  minors: [0],
  params: profileParams(driver, 'virtual'),
  seed: 1,
};
const call = driver.calls.get('DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD')!;

test('a member that is looked up on two ways should be told apart, each with the kind of call that goes there', () => {
  const lookups = lookupsOf(call);
  assert.equal(
    lookups.map(({ field, several }) => [field, several]),
    [
      ['handle', true],
      ['handle', true],
    ],
  );
  const kinds = lookups.map(lookup => {
    const count = payloads(call).length;
    return payloads(call)[kindLookedUp(context, call, lookup)!('payload', count)]!.label;
  });
  assert.equal(kinds, ['a fence', 'a sync object']);
});

test('a handle in an array should have the name of the first element, and an optional check be left out', () => {
  const fields = (name: string) => lookupsOf(driver.calls.get(name)!).map(({ field }) => field);
  assert.equal(fields('DRM_IOCTL_SYNCOBJ_WAIT'), ['handles[0]']);
  assert.equal(fields('DRM_IOCTL_ACCELREF_SUBMIT'), ['bos[0]', 'syncs_in[0].handle', 'syncs_out[0].handle']);
  assert.equal(fields('DRM_IOCTL_VERSION'), []);
});

test.run();
