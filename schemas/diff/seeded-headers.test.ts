/** Breaks put into real headers: each is named by its rule, and by no other of severity error. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CType } from '../layout/index.ts';
import {
  type Copy,
  constant,
  type Deep,
  errorsOf,
  ITS_HEADER,
  ioctl,
  made,
  member,
  remarksOf,
  remove,
  type Seed,
  struct,
  u32,
} from './seeded.test.helper.ts';

const seeds: readonly Seed[] = [
  [
    'two members swapped',
    'ivpu',
    copy => {
      const { members } = struct(copy, 'drm_ivpu_submit');
      [members[2], members[4]] = [members[4]!, members[2]!];
    },
    'wire.field-moved',
  ],
  [
    'a member put before others',
    'ivpu',
    copy => struct(copy, 'drm_ivpu_bo_create').members.splice(1, 0, made('align', { scalar: '__u64' })),
    'wire.member-inserted',
  ],
  [
    'a member taken out of the middle',
    'ivpu',
    copy => remove(struct(copy, 'drm_ivpu_submit').members, 'engine'),
    'wire.member-removed',
  ],
  [
    'a narrower type',
    'ivpu',
    copy => {
      member(struct(copy, 'drm_ivpu_bo_wait'), 'job_status').type = { scalar: '__u16' };
    },
    'wire.field-type-changed',
  ],
  [
    'a number that lost its sign',
    'ethosu',
    copy => {
      member(struct(copy, 'drm_ethosu_bo_wait'), 'timeout_ns').type = { scalar: '__u64' };
    },
    'wire.field-sign-changed',
  ],
  [
    'a number that became an array',
    'amdxdna',
    copy => {
      member(struct(copy, 'amdxdna_hwctx_param_config_cu'), 'num_cus').type = {
        array: { scalar: '__u16' },
        length: 5,
      } as Deep<CType>;
    },
    'wire.field-type-changed',
  ],
  [
    'more elements in the array of an element',
    'ethosu',
    copy => {
      (member(struct(copy, 'drm_ethosu_job'), 'region_bo_handles').type as { length: number }).length = 16;
    },
    'wire.element-grown',
  ],
  [
    'a member at the end of a struct of an array without element size',
    'ethosu',
    copy => struct(copy, 'drm_ethosu_job').members.push(u32('priority'), u32('queue')),
    'wire.element-grown',
  ],
  [
    'a longer struct inside others',
    'qaic',
    copy => struct(copy, 'qaic_manage_trans_hdr').members.push(u32('flags'), u32('more')),
    'wire.field-moved',
  ],
  [
    'a pad that nothing says was refused',
    `amdxdna${ITS_HEADER}`,
    copy => {
      member(struct(copy, 'amdxdna_drm_destroy_hwctx'), 'pad').name = 'engine';
    },
    'wire.pad-reused',
  ],
  [
    'a pad that was never looked at, by its description',
    'drm',
    copy => {
      member(struct(copy, 'drm_gem_close'), 'pad').name = 'priority';
    },
    'wire.pad-reused',
  ],
  [
    'a member in the hole at the end',
    'ivpu',
    copy => struct(copy, 'drm_ivpu_submit').members.push(u32('job_id')),
    'wire.hole-named',
  ],
  [
    'a type that is narrower for 32-bit programs only',
    'ivpu',
    copy => {
      member(struct(copy, 'drm_ivpu_bo_info'), 'size').type = { scalar: 'unsigned long' };
    },
    'wire.layout-32-bit',
  ],
  [
    'a packed struct',
    'ivpu',
    copy => {
      struct(copy, 'drm_ivpu_submit').packed = true;
    },
    'wire.struct-shrunk',
  ],
  [
    'an ioctl that is gone',
    'ivpu',
    copy => {
      remove(copy.facts[0]!.ioctls, 'DRM_IOCTL_IVPU_BO_INFO');
      remove(copy.facts[0]!.constants, 'DRM_IVPU_BO_INFO');
    },
    'wire.ioctl-removed',
  ],
  [
    'an ioctl of another number',
    'ivpu',
    copy => {
      ioctl(copy, 'DRM_IOCTL_IVPU_BO_INFO').number = 0x5f;
      constant(copy, 'DRM_IVPU_BO_INFO').value = 0x1f;
    },
    'wire.ioctl-number-changed',
  ],
  [
    'a number that another ioctl took',
    'ivpu',
    copy => {
      const found = ioctl(copy, 'DRM_IOCTL_IVPU_BO_INFO');
      found.name = 'DRM_IOCTL_IVPU_DEVICE_RESET';
      found.argument = { named: 'drm_ivpu_cmdq_destroy' };
    },
    'wire.ioctl-number-reused',
  ],
  [
    'an ioctl that is no longer copied out',
    'ivpu',
    copy => {
      ioctl(copy, 'DRM_IOCTL_IVPU_BO_WAIT').direction = 'write';
    },
    'wire.ioctl-direction-narrowed',
  ],
  [
    'a renumbered value',
    `amdxdna${ITS_HEADER}`,
    copy => {
      constant(copy, 'POWER_MODE_TURBO').value = 5;
    },
    'wire.value-renumbered',
  ],
  [
    'a value put before others of an enum',
    'amdxdna',
    copy => {
      const { members } = copy.facts[0]!.enums.find(({ name }) => name === 'amdxdna_sensor_type')!;
      members.splice(1, 0, { name: 'AMDXDNA_SENSOR_TYPE_TEMPERATURE', value: 1, line: 1 });
      members[2]!.value = 2;
    },
    'wire.value-renumbered',
  ],
  [
    'a value of an enum that another one took',
    'amdxdna',
    copy => {
      constant(copy, 'AMDXDNA_CMD_SUBMIT_SIGNAL').name = 'AMDXDNA_CMD_PREEMPT_ALL';
    },
    'wire.value-reused',
  ],
  [
    'a selector that is gone',
    'ivpu',
    copy => remove(copy.facts[0]!.constants, 'DRM_IVPU_PARAM_CONTEXT_PRIORITY'),
    'source.value-removed',
  ],
];

for (const [what, of, edit, expected] of seeds)
  test(`${what} in ${of} should be ${expected}`, () => {
    const { ids, all } = errorsOf(remarksOf(of, edit));
    assert.equal(ids, [expected], all);
  });

/** What hurts nobody. */
const harmless: readonly (readonly [string, string, (copy: Copy) => void])[] = [
  [
    'members at the end of the argument of an ioctl',
    'ivpu',
    copy => struct(copy, 'drm_ivpu_bo_create').members.push(u32('domain'), u32('more')),
  ],
  [
    'members in the bytes of a pad that had to be 0',
    'vgem',
    copy => {
      member(struct(copy, 'drm_vgem_fence_attach'), 'pad').name = 'priority';
    },
  ],
  [
    'a name for the hole at the end',
    'ivpu',
    copy => struct(copy, 'drm_ivpu_submit').members.push(u32('pad')),
  ],
  [
    'a new value of an enum',
    'amdxdna',
    copy =>
      copy.facts[0]!.enums.find(({ name }) => name === 'amdxdna_sensor_type')!.members.push({
        name: 'AMDXDNA_SENSOR_TYPE_TEMPERATURE',
        value: 2,
        line: 1,
      }),
  ],
  [
    'another spelling of a type',
    'ivpu',
    copy => {
      member(struct(copy, 'drm_ivpu_param'), 'param').type = { scalar: 'unsigned int' };
    },
  ],
  [
    'a header that moved',
    'ivpu',
    copy => {
      copy.facts[0]!.header = 'drm/intel_npu_accel.h';
    },
  ],
];

for (const [what, of, edit] of harmless)
  test(`${what} in ${of} should hurt nobody`, () => {
    const { ids, all } = errorsOf(remarksOf(of, edit));
    assert.equal(ids, [], all);
  });

test.run();
