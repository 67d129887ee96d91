import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ABIS } from './abi.ts';
import { builtinScalar, enumScalar } from './scalars.ts';

const of = (spelling: string, abi: keyof typeof ABIS = 'x86_64') => {
  const scalar = builtinScalar(spelling, ABIS[abi]);
  return scalar && [scalar.bytes, scalar.signed, scalar.align];
};

test('C keywords mean the same in any order', () => {
  assert.equal(of('unsigned'), [4, false, 4]);
  assert.equal(of('long'), [8, true, 8]);
  assert.equal(of('long unsigned int'), of('unsigned long'));
  assert.equal(of('long int long unsigned'), [8, false, 8]);
  assert.equal(of('short unsigned int'), [2, false, 2]);
  assert.equal(of('signed char'), [1, true, 1]);
});

test('long and 64-bit alignment follow the ABI', () => {
  assert.equal(of('long', 'i386'), [4, true, 4]);
  assert.equal(of('long long', 'i386'), [8, true, 4]);
  assert.equal(of('long long', 'armhf'), [8, true, 8]);
  assert.equal(of('__aligned_s64', 'i386'), [8, true, 8]);
  assert.equal(of('__kernel_size_t', 'armhf'), [4, false, 4]);
});

test('other names are no scalars by themselves', () => {
  for (const name of ['drm_magic_t', '', 'constructor', 'enum x', 'struct s', 'unsigned x']) {
    assert.is(of(name), undefined);
  }
});

test('an enum grows to 8 bytes only when a value needs them', () => {
  assert.equal(enumScalar([0n, 0xffffffffn], ABIS.x86_64), { bytes: 4, signed: false, align: 4 });
  assert.equal(enumScalar([-1n, 0x7fffffffn], ABIS.x86_64), { bytes: 4, signed: true, align: 4 });
  assert.is(enumScalar([-1n, 0x80000000n], ABIS.x86_64).bytes, 8);
  assert.is(enumScalar([1n << 32n], ABIS.i386).align, 4);
});

test.run();
