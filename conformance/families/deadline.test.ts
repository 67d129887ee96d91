import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference, profileParams } from '../../reference/index.ts';
import { catalogue } from '../../schemas/index.ts';
import type { PlanContext } from '../plan/context.ts';
import { model } from '../plan/model.ts';
import { deadlineFamily } from './deadline.ts';
import { refusals } from './refusal.ts';

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
const SECOND_NS = 1_000_000_000n;
const cases = new Map(deadlineFamily(context).map(each => [each.instances[0]!.instance, each]));

test('every wait for a sync object should have a case, waits for jobs none', () => {
  assert.equal([...cases.keys()].sort(), [
    'DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT.pending',
    'DRM_IOCTL_SYNCOBJ_TRANSFER.never-submitted',
    'DRM_IOCTL_SYNCOBJ_WAIT.pending',
  ]);
});

test('a wait whose deadline is past should end at once', () => {
  const { program, instances } = cases.get('DRM_IOCTL_SYNCOBJ_WAIT.pending')!;
  const outcomes = model(context, program);
  const { probes } = instances[0]!;
  assert.ok(probes.length > 0);
  for (const probe of probes) {
    assert.is(outcomes[probe]!.errno, 'ETIME');
    assert.ok(outcomes[probe]!.took < SECOND_NS);
  }
});

test('a wait that lasts should be made once, and have the time for it', () => {
  const { program, instances } = cases.get('DRM_IOCTL_SYNCOBJ_TRANSFER.never-submitted')!;
  const [probe, ...more] = instances[0]!.probes;
  assert.equal(more, []);
  const { errno, took } = model(context, program)[probe!]!;
  assert.is(errno, 'ETIME');
  assert.ok(took >= 5n * SECOND_NS);
  assert.ok(BigInt(program.steps[probe!]!.deadline) * 1_000_000n > 2n * took);
});

test('a refusal that lasts should not be repeated by other families', () => {
  const names = refusals(context, (_call, check) => check.clause === 'argument.deadline').map(
    ({ call, check }) => `${call.name}.${check.check}`,
  );
  assert.equal(names, ['DRM_IOCTL_SYNCOBJ_WAIT.pending', 'DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT.pending']);
});

test.run();
