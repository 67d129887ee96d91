import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { factsOf, struct } from './facts.test.helper.ts';
import { decodeRequest, encodeRequest, requestNumber } from './request.ts';
import { buildTypeTable } from './type-table.ts';
import type { IoctlFact } from './types.ts';

const drm = { letter: 100, line: 1 };
const submit: IoctlFact = {
  ...drm,
  name: 'SUBMIT',
  direction: 'write',
  number: 0x45,
  argument: { named: 'submit' },
};
const none: IoctlFact = { ...drm, name: 'MASTER', direction: 'none', number: 0x1e, argument: null };
const read: IoctlFact = {
  ...drm,
  name: 'GET',
  direction: 'read',
  number: 2,
  argument: { scalar: 'unsigned int' },
};
// The shape of DRM_IVPU_SUBMIT, whose missing tail padding gives it two numbers.
const types = buildTypeTable([
  factsOf({
    types: [
      struct(
        'submit',
        ['buffers', '__u64'],
        ...[1, 2, 3, 4, 5].map(i => [`f${i}`, '__u32'] as [string, string]),
      ),
    ],
  }),
]);

test('the number depends on the ABI where the size of the argument does', () => {
  assert.is(requestNumber(submit, types, 'x86_64'), 0x40206445);
  assert.is(requestNumber(submit, types, 'i386'), 0x401c6445);
  assert.is(requestNumber(submit, types, 'armhf'), 0x40206445);
});

test('a request without an argument and one that the kernel writes', () => {
  assert.is(requestNumber(none, types, 'x86_64'), 0x641e);
  assert.is(requestNumber(read, types, 'riscv64'), 0x80046402);
});

test('a number is taken apart into what it was made of', () => {
  assert.equal(decodeRequest(0xc0106440), { direction: 'readwrite', size: 16, letter: 100, number: 64 });
  assert.equal(decodeRequest(0xffffffffc0106440n), decodeRequest(0xc0106440));
  for (const direction of ['none', 'read', 'write', 'readwrite'] as const) {
    const parts = { direction, size: 0x3fff, letter: 0xff, number: 0xa5 };
    assert.equal(decodeRequest(encodeRequest(parts)), parts);
  }
});

test('an argument above 14 bits of size is refused', () => {
  assert.throws(() => encodeRequest({ direction: 'read', size: 0x4000, letter: 1, number: 1 }), /14 bits/);
});

test.run();
