import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { factsOf, members } from '../layout/facts.test.helper.ts';
import { layoutOf } from '../layout/layout.ts';
import { buildTypeTable } from '../layout/type-table.ts';
import type { CType } from '../layout/types.ts';
import { guessDirection, guessRole } from './guess-role.ts';

function roles(...pairs: [string, CType | string][]): string[] {
  const types = buildTypeTable([
    factsOf({ types: [{ name: 's', kind: 'struct', line: 1, members: members(...pairs) }] }),
  ]);
  const { fields } = layoutOf(types, 's', 'x86_64');
  const names = fields.map(field => field.path);
  return fields.map(field => guessRole(field, names));
}

test('names that drivers share should give their roles', () => {
  assert.equal(
    roles(
      ['flags', '__u32'],
      ['bo_handle', '__u32'],
      ['pad', '__u32'],
      ['reserved0', '__u64'],
      ['timeout_ns', '__s64'],
      ['mmap_offset', '__u64'],
      ['buffer_size', '__u32'],
      ['num_entries', '__u32'],
      ['dmabuf_fd', '__s32'],
      ['vaddr', '__u64'],
      ['param', '__u32'],
      ['priority', '__u32'],
    ),
    [
      'flags',
      'handle',
      'reserved',
      'reserved',
      'timeout',
      'offset',
      'bytes',
      'count',
      'descriptor',
      'address',
      'selector',
      'value',
    ],
  );
});

test('a 64-bit member should be a pointer when its name or a length beside it says so', () => {
  assert.equal(
    roles(['jobs', '__u64'], ['job_count', '__u32'], ['buffers_ptr', '__u64'], ['in_bo_handles', '__u64']),
    ['pointer', 'count', 'pointer', 'value'],
  );
  assert.equal(roles(['in_bo_handles', '__u64'], ['in_bo_handle_count', '__u32']), ['pointer', 'count']);
  assert.equal(roles(['jobs', '__u32'], ['job_count', '__u32']), ['value', 'count']);
  assert.equal(roles(['name', { pointer: 'char' }]), ['pointer']);
});

test('arrays and structs should be named as such, reserved arrays as reserved', () => {
  const array = { array: { scalar: '__u32' }, length: 4 };
  assert.equal(roles(['values', array], ['pad', array]), ['array', 'reserved']);
});

test('the direction should follow the request, and for both ways what the call makes', () => {
  assert.is(guessDirection('DRM_IOCTL_X_SUBMIT', 'write', 'handle'), 'in');
  assert.is(guessDirection('DRM_IOCTL_X_GET', 'read', 'value'), 'out');
  assert.is(guessDirection('DRM_IOCTL_X_BO_CREATE', 'readwrite', 'handle'), 'out');
  assert.is(guessDirection('DRM_IOCTL_X_BO_WAIT', 'readwrite', 'handle'), 'in');
  assert.is(guessDirection('DRM_IOCTL_X_MMAP_BO', 'readwrite', 'offset'), 'out');
  assert.is(guessDirection('DRM_IOCTL_X_BO_CREATE', 'readwrite', 'bytes'), 'inout');
  assert.is(guessDirection('DRM_IOCTL_X_BO_CREATE', 'readwrite', 'reserved'), 'in');
});

test.run();
