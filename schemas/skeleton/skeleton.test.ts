import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadCatalogue } from '../catalogue/catalogue.ts';
import { files as builtin } from '../generated/catalogue.ts';
import { factsOf, struct } from '../layout/facts.test.helper.ts';
import { buildTypeTable } from '../layout/type-table.ts';
import type { Facts, IoctlFact } from '../layout/types.ts';
import { validate } from '../validate/validate.ts';
import { callKeys, callSkeleton, driverName, driverSkeleton } from './skeleton.ts';

const ioctl = (name: string, number: number, argument: string | null): IoctlFact => ({
  name,
  direction: argument === null ? 'none' : 'readwrite',
  letter: 100,
  number,
  argument: argument === null ? null : { named: argument },
  line: 1,
});

const facts: Facts = factsOf({
  header: 'drm/newt_accel.h',
  enums: [
    { name: 'drm_newt_bo_flags', line: 1, members: [{ name: 'NEWT_MAPPABLE', value: 1, line: 1 }] },
    { name: 'drm_newt_query_type', line: 1, members: [{ name: 'NEWT_INFO', value: 0, line: 1 }] },
  ],
  types: [
    struct('drm_newt_bo_create', ['size', '__u64'], ['flags', '__u32'], ['handle', '__u32']),
    struct('drm_newt_query', ['type', '__u32'], ['pad', '__u32'], ['data', '__u64']),
  ],
  ioctls: [
    ioctl('DRM_IOCTL_NEWT_BO_CREATE', 0x40, 'drm_newt_bo_create'),
    ioctl('DRM_IOCTL_NEWT_QUERY', 0x41, 'drm_newt_query'),
    ioctl('DRM_IOCTL_NEWT_IDLE', 0x42, null),
  ],
});
const types = buildTypeTable([facts]);
const skeleton = (at: number, key: string) =>
  validate<ReturnType<typeof callSkeleton>>('semantics', key, callSkeleton(facts.ioctls[at]!, key, types));

test('a skeleton should be valid, name every member and ask about each', () => {
  const made = skeleton(0, 'bo_create');
  assert.equal(made.fields, {
    size: { direction: 'inout', role: 'bytes' },
    flags: { direction: 'in', role: 'flags', values: { enum: 'drm_newt_bo_flags' } },
    handle: { direction: 'out', role: 'handle' },
  });
  assert.equal(
    made.questions!.map(({ about }) => about),
    ['summary', 'fields.size', 'fields.flags', 'fields.handle', 'body', 'access'],
  );
  assert.match(made.questions![2]!.ask, /^is this __u32 flags, in\? Which bits are known/);
  assert.equal(skeleton(1, 'query').fields.type?.values, { enum: 'drm_newt_query_type' });
  assert.equal(skeleton(2, 'idle').fields, {});
});

test('keys should be what follows the words that all requests share', () => {
  const keys = (driver: string, ...names: string[]) => [
    ...callKeys(
      driver,
      names.map(name => ioctl(name, 0, null)),
    ).values(),
  ];
  assert.equal(keys('newt', 'DRM_IOCTL_NEWT_BO_CREATE', 'DRM_IOCTL_NEWT_BO_WAIT'), ['bo_create', 'bo_wait']);
  assert.equal(keys('habanalabs', 'DRM_IOCTL_HL_INFO', 'DRM_IOCTL_HL_CB'), ['info', 'cb']);
  assert.equal(keys('x', 'DRM_IOCTL_A_B', 'DRM_IOCTL_C_D'), ['a_b', 'c_d']);
});

test('a driver should be named after its header and be a render driver without _accel', () => {
  assert.is(driverName('drm/ivpu_accel.h'), 'ivpu');
  assert.is(driverName('drm/panthor_drm.h'), 'panthor');
  const accel = driverSkeleton('newt', facts);
  validate('driver', 'driver.yaml', accel);
  assert.equal([accel.level, accel.node], ['L1', undefined]);
  assert.is(driverSkeleton('panthor', { ...facts, header: 'drm/panthor_drm.h' }).node, 'render');
});

/** The collection with a driver made of skeletons. */
function withNewt(level: 'L1' | 'L3') {
  const manifest = {
    ...driverSkeleton('newt', facts),
    level,
    ...(level === 'L3' ? { profiles: { a: {} } } : {}),
  };
  return loadCatalogue({
    ...builtin,
    'schemas/facts/newt_accel.json': facts,
    'schemas/drivers/newt/driver.yaml': manifest,
    'schemas/drivers/newt/bo_create.yaml': skeleton(0, 'bo_create'),
  });
}

test('skeletons should load as a driver of level L1 and as no other', () => {
  const newt = withNewt('L1').drivers.get('newt')!;
  assert.ok(newt.skeletons.has('DRM_IOCTL_NEWT_BO_CREATE'));
  // Nothing is judged by guesses.
  assert.not.ok(newt.calls.has('DRM_IOCTL_NEWT_BO_CREATE'));
  assert.throws(
    () => withNewt('L3'),
    /newt\/driver\.yaml: the file has open questions, and .* says level L3/,
  );
});

test.run();
