import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { model } from '../plan/model.ts';
import { context } from './context.test.helper.ts';
import { listFamily, listsOf } from './list.ts';

test('lists of objects should be found behind pointers, as handles and in structs', () => {
  const { calls } = context('accelref').driver;
  assert.equal(
    listsOf(calls.get('DRM_IOCTL_ACCELREF_SUBMIT')!).map(({ name, member }) => name + member),
    ['bos', 'syncs_in.handle', 'syncs_out.handle'],
  );
  assert.equal(
    listsOf(calls.get('DRM_IOCTL_SYNCOBJ_SIGNAL')!).map(({ name }) => name),
    ['handles'],
  );
  assert.equal(listsOf(calls.get('DRM_IOCTL_VERSION')!), []);
});

test('a list whose last element is refused should be looked at afterwards, object by object', () => {
  const own = context('ethosu');
  const partly = listFamily(own).find(({ name }) => name === 'submit.jobs.partly')!;
  const [refused, ...looks] = partly.instances[0]!.probes;
  const outcomes = model(own, partly.program);
  assert.is(outcomes[refused!]!.errno, 'ENOENT');
  // The stream, and the two buffers of the job before.
  assert.is(looks.length, 3);
  for (const step of looks) assert.is(outcomes[step]!.errno, undefined);
  assert.is(partly.device, 'late');
});

test('every list should have a program that names one object twice', () => {
  const cases = listFamily(context('accelref'));
  const lists = cases.filter(({ instances }) => instances[0]!.clause === 'errno.batch');
  const twice = cases.filter(({ instances }) => instances[0]!.clause === 'lifetime.same-twice');
  assert.is(twice.length, lists.length);
  for (const { instances } of twice) assert.is(instances[0]!.probes.length, 2);
  assert.equal(listFamily(context('vgem')), []);
});

test.run();
