import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ABI_NAMES } from './abi.ts';
import { decodeStruct, encodeStruct, readScalar, scalarFields, writeScalar } from './codec.ts';
import { factsOf, members, struct } from './facts.test.helper.ts';
import { fieldOf, layoutOf } from './layout.ts';
import { buildTypeTable } from './type-table.ts';
import type { CompositeFact } from './types.ts';

const scalars = ['__u8', '__s8', '__u16', '__s16', '__u32', '__s32', '__u64', '__s64'];
const pair: CompositeFact = {
  ...struct('u', ['low', '__u32'], ['all', '__u64']),
  kind: 'union',
};
const types = buildTypeTable([
  factsOf({
    types: [
      struct('every', ...scalars.map(name => [`f${name}`, name] as [string, string])),
      pair,
      struct(
        'nested',
        ['u', { named: 'u' }],
        [
          'list',
          { array: { anonymous: 'struct', members: members(['a', '__u8'], ['b', '__u16']) }, length: 2 },
        ],
      ),
      struct('tail', ['n', '__u32'], ['data', { array: { scalar: '__u32' }, length: null }]),
      struct('inner', ['t', { named: 'tail' }]),
    ],
  }),
]);
const every = layoutOf(types, 'every', 'x86_64');

test('numbers are little-endian and keep their sign', () => {
  const bytes = new Uint8Array(every.size);
  writeScalar(bytes, fieldOf(every, 'f__u32'), 0x01020304n);
  writeScalar(bytes, fieldOf(every, 'f__s64'), -2n);
  assert.equal([...bytes.subarray(8, 12)], [4, 3, 2, 1]);
  assert.equal([...bytes.subarray(24, 32)], [254, 255, 255, 255, 255, 255, 255, 255]);
  assert.is(readScalar(bytes, fieldOf(every, 'f__s64')), -2n);
});

test('what is written is read back, at every width and any offset', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...scalars),
      fc.bigInt(-(1n << 63n), (1n << 64n) - 1n),
      fc.nat(9),
      (name, any, offset) => {
        const field = { ...fieldOf(every, `f${name}`), offset };
        const { bytes: width, signed } = field.scalar!;
        const value = signed ? BigInt.asIntN(width * 8, any) : BigInt.asUintN(width * 8, any);
        const bytes = new Uint8Array(20).fill(0xa5);
        writeScalar(bytes, field, value);
        assert.is(readScalar(bytes, field), value);
        const others = [...bytes].filter((_, i) => i < offset || i >= offset + width);
        assert.ok(others.every(byte => byte === 0xa5));
      },
    ),
  );
});

test('reading agrees with DataView', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), bytes => {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const at = (name: string) => readScalar(bytes, { ...fieldOf(every, `f${name}`), offset: 0 });
      assert.is(at('__u64'), view.getBigUint64(0, true));
      assert.is(at('__s64'), view.getBigInt64(0, true));
      assert.is(at('__u32'), BigInt(view.getUint32(0, true)));
      assert.is(at('__s32'), BigInt(view.getInt32(0, true)));
      assert.is(at('__s16'), BigInt(view.getInt16(0, true)));
      assert.is(at('__s8'), BigInt(view.getInt8(0)));
    }),
  );
});

test('a value may be given signed or unsigned; one that fits neither way is refused', () => {
  const bytes = new Uint8Array(every.size);
  writeScalar(bytes, fieldOf(every, 'f__u32'), -1n);
  assert.is(readScalar(bytes, fieldOf(every, 'f__u32')), 0xffffffffn);
  writeScalar(bytes, fieldOf(every, 'f__s16'), 0xfffen);
  assert.is(readScalar(bytes, fieldOf(every, 'f__s16')), -2n);
  assert.throws(
    () => writeScalar(bytes, fieldOf(every, 'f__u8'), 256n),
    /256 does not fit in the 8 bits of f__u8/,
  );
  assert.throws(() => writeScalar(bytes, fieldOf(every, 'f__s8'), -129n), RangeError);
});

test('a field outside the bytes is refused', () => {
  assert.throws(
    () => readScalar(new Uint8Array(7), { ...fieldOf(every, 'f__u64'), offset: 0 }),
    /0 to 8 of a buffer of 7/,
  );
  assert.throws(
    () => writeScalar(new Uint8Array(4), { ...fieldOf(every, 'f__u32'), offset: 1 }, 0n),
    RangeError,
  );
});

test('a struct is written by paths and read back, elements one by one', () => {
  for (const abi of ABI_NAMES) {
    const layout = layoutOf(types, 'nested', abi);
    const values = { 'u.all': 0x1122334455667788n, 'list[0].a': 1n, 'list[1].b': 0xbeefn };
    const decoded = decodeStruct(layout, encodeStruct(layout, values));
    assert.equal(decoded, {
      'u.low': 0x55667788n,
      'u.all': 0x1122334455667788n,
      'list[0].a': 1n,
      'list[0].b': 0n,
      'list[1].a': 0n,
      'list[1].b': 0xbeefn,
    });
  }
});

test('writing into given bytes changes only the named fields, holes stay', () => {
  const layout = layoutOf(types, 'nested', 'x86_64');
  const bytes = new Uint8Array(layout.size).fill(0xcc);
  assert.is(encodeStruct(layout, { 'list[0].a': 0n }, bytes), bytes);
  assert.equal(
    [...bytes].flatMap((byte, i) => (byte === 0xcc ? [] : [i])),
    [8],
  );
});

test('of overlapping members the last one written stays', () => {
  const layout = layoutOf(types, 'u', 'x86_64');
  assert.is(decodeStruct(layout, encodeStruct(layout, { all: -1n, low: 0n })).all, 0xffffffff00000000n);
  assert.is(decodeStruct(layout, encodeStruct(layout, { low: 0n, all: -1n })).low, 0xffffffffn);
});

test('a flexible array has as many elements as the bytes hold', () => {
  for (const [name, prefix] of [
    ['tail', ''],
    ['inner', 't.'],
  ] as const) {
    const layout = layoutOf(types, name, 'x86_64');
    assert.equal(Object.keys(decodeStruct(layout, new Uint8Array(4))), [`${prefix}n`]);
    const values = { [`${prefix}n`]: 2n, [`${prefix}data[1]`]: 7n };
    const decoded = decodeStruct(layout, encodeStruct(layout, values, new Uint8Array(14)));
    assert.equal(decoded, { [`${prefix}n`]: 2n, [`${prefix}data[0]`]: 0n, [`${prefix}data[1]`]: 7n });
  }
});

test('a short buffer gives the fields it holds in full', () => {
  assert.equal(Object.keys(decodeStruct(every, new Uint8Array(5))), ['f__u8', 'f__s8', 'f__u16']);
});

test('a struct or array is no single number', () => {
  const layout = layoutOf(types, 'nested', 'x86_64');
  assert.throws(() => readScalar(new Uint8Array(64), fieldOf(layout, 'u')), /u is not a single number/);
  assert.throws(() => encodeStruct(layout, { list: 0n }), /list is not a single number/);
});

test('the numbers of a layout with a fixed size are listed once', () => {
  assert.is(scalarFields(every), scalarFields(every));
  assert.equal(
    scalarFields(every).map(field => field.path),
    scalars.map(name => `f${name}`),
  );
});

test.run();
