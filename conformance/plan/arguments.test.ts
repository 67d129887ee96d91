import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CallDescription, catalogue } from '../../schemas/index.ts';
import { context } from '../families/context.test.helper.ts';
import { flatName, roleOf, spotOf } from './arguments.ts';

const rocket = context('rocket');
const submit = rocket.driver.calls.get('DRM_IOCTL_ROCKET_SUBMIT')!;
const spot = (name: string, values = {}) => {
  const found = spotOf(rocket.driver, rocket.hello, submit, name, values);
  return found && [found.pointer, found.field.offset, found.field.size];
};

test('a member behind a pointer behind a pointer should be found', () => {
  assert.equal(spot('reserved'), [undefined, 16, 8]);
  assert.equal(spot('jobs[2].task_count'), ['jobs', 104, 4]);
  assert.equal(spot('jobs[0].tasks'), ['jobs', 0, 8]);
  assert.equal(spot('jobs[1].tasks[2].regcmd_count'), ['jobs[1].tasks', 20, 4]);
  assert.equal(spot('jobs[1].out_bo_handles[3]'), ['jobs[1].out_bo_handles', 12, 4]);
  assert.is(spot('nothing[0]'), undefined);
});

test('elements should lie as far apart as the call says, as long as that is a size of elements', () => {
  const far = { job_struct_size: 48n, 'jobs[1].task_struct_size': 24n };
  assert.equal(spot('jobs[2].task_count', far), ['jobs', 120, 4]);
  assert.equal(spot('jobs[1].tasks[2].regcmd', far), ['jobs[1].tasks', 48, 4]);
  // Of this job the size is not told.
  assert.equal(spot('jobs[0].tasks[2].regcmd', far), ['jobs[0].tasks', 16, 4]);
  for (const size of [0n, 39n, 1n << 31n])
    assert.equal(spot('jobs[1].task_count', { job_struct_size: size }), ['jobs', 64, 4], `${size}`);
});

test('an array inside a struct behind a pointer should be found as before', () => {
  const { driver, hello } = context('ethosu');
  const call = driver.calls.get('DRM_IOCTL_ETHOSU_SUBMIT')!;
  const found = spotOf(driver, hello, call, 'jobs[1].region_bo_handles[2]')!;
  assert.equal([found.pointer, found.field.offset], ['jobs', 40 + 8 + 8]);
  assert.is(roleOf(call, 'jobs[1].region_bo_handles[2]')?.resource, 'gem_handle');
});

test('the body of a call should name what lies behind two pointers', () => {
  assert.is(flatName(submit, 'task.regcmd_count', 1), 'jobs[0].tasks[1].regcmd_count');
  assert.is(flatName(submit, 'output'), 'jobs[0].out_bo_handles[0]');
  assert.is(roleOf(submit, 'jobs[0].tasks[0].regcmd')?.role, 'address');
});

/** A call whose pointer leads to one of two structs, the first of which ends with an array. */
const xdna = catalogue().drivers.get('amdxdna')!;
const either = {
  name: 'DRM_IOCTL_AMDXDNA_CREATE_BO',
  argument: 'amdxdna_drm_create_bo',
  semantics: {
    fields: {
      vaddr: {
        direction: 'in',
        role: 'pointer',
        target: { struct: 'amdxdna_drm_va_tbl', or: ['amdxdna_drm_attribute_state'] },
      },
    },
    structs: {
      amdxdna_drm_va_tbl: {
        va_entries: { direction: 'in', role: 'array', elements: 'amdxdna_drm_va_entry' },
      },
      amdxdna_drm_va_entry: { len: { direction: 'in', role: 'bytes' } },
      amdxdna_drm_attribute_state: { state: { direction: 'in', role: 'value' } },
    },
    body: [
      {
        each: 'table',
        at: { field: 'vaddr' },
        count: 1,
        do: [{ each: 'entry', member: 'table.va_entries', count: 2, do: [] }],
      },
    ],
  },
} as unknown as CallDescription;

test('an array without a length at the end of a struct should have places and roles', () => {
  const found = spotOf(xdna, rocket.hello, either, 'vaddr[0].va_entries[2].len')!;
  assert.equal([found.pointer, found.field.offset, found.field.size], ['vaddr', 8 + 2 * 16 + 8, 8]);
  assert.is(roleOf(either, 'vaddr[0].va_entries[2].len')?.role, 'bytes');
  assert.is(flatName(either, 'entry.len', 1), 'vaddr[0].va_entries[1].len');
});

test('a member of another struct that the pointer leads to should be found', () => {
  const found = spotOf(xdna, rocket.hello, either, 'vaddr[0].state')!;
  assert.equal([found.pointer, found.field.offset, found.field.size], ['vaddr', 0, 1]);
  assert.is(roleOf(either, 'vaddr[0].state')?.role, 'value');
  assert.is(roleOf(either, 'vaddr[0].pad'), undefined);
});

test.run();
