import { transform } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { codecSource } from './codec-source.ts';
import { factsOf, members, struct } from './facts.test.helper.ts';
import { layoutOf } from './layout.ts';
import { buildTypeTable } from './type-table.ts';

interface Codec {
  readonly size: number;
  decode(bytes: Uint8Array): Record<string, unknown>;
  encode(value: unknown, bytes?: Uint8Array): Uint8Array;
}

const point = { anonymous: 'struct' as const, members: members(['x', '__u8'], ['y', '__s16']) };
const types = buildTypeTable([
  factsOf({
    types: [
      struct(
        'every',
        ...['__u8', '__s8', '__u16', '__s16', '__u32', '__s32', '__u64', '__s64'].map(
          name => [`f${name}`, name] as [string, string],
        ),
      ),
      { ...struct('either', ['low', '__u32'], ['all', '__u64']), kind: 'union' },
      struct(
        'nested',
        ['u', { named: 'either' }],
        ['few', { array: point, length: 2 }],
        ['many', { array: { scalar: '__u16' }, length: 20 }],
        ['text', { array: { scalar: '__u8' }, length: 5 }],
      ),
      struct('tail', ['n', '__u32'], ['data', { array: { scalar: '__u32' }, length: null }]),
    ],
  }),
]);

async function codecs(...names: string[]): Promise<Record<string, Codec>> {
  const source = codecSource(names.map(name => layoutOf(types, name, 'x86_64')));
  const { code } = await transform(source, { loader: 'ts' });
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as Record<string, Codec>;
}

const { every, nested, tail } = await codecs('every', 'nested', 'tail');

test('a generated codec should give back what it took, at every width', () => {
  const value = {
    f__u8: 255,
    f__s8: -1,
    f__u16: 65535,
    f__s16: -2,
    f__u32: 0xffffffff,
    f__s32: -3,
    f__u64: (1n << 64n) - 1n,
    f__s64: -4n,
  };
  assert.equal(every!.decode(every!.encode(value)), value);
});

test('a value that does not fit should be refused with its field', () => {
  const good = every!.decode(new Uint8Array(every!.size));
  for (const [field, value] of [
    ['f__u8', 256],
    ['f__s8', -129],
    ['f__u16', 65536],
    ['f__u32', 2 ** 32],
    ['f__u32', 1.5],
    ['f__s32', -(2 ** 31) - 1],
    ['f__u64', 1n << 64n],
  ] as const)
    assert.throws(
      () => every!.encode({ ...good, [field]: value }),
      new RegExp(`does not fit in the \\d+ bits of every\\.${field}`),
    );
  assert.throws(() => every!.decode(new Uint8Array(3)), /every has 32 bytes, the buffer has 3/);
  assert.throws(
    () => nested!.encode({ ...nested!.decode(new Uint8Array(nested!.size)), many: [1] }),
    /many has 20 elements, 1 were given/,
  );
});

test('unions, structs in arrays, long arrays and bytes should be read and written', () => {
  const many = Array.from({ length: 20 }, (_, index) => index * 3);
  const value = {
    u: { all: 0x1122334455667788n },
    few: [
      { x: 1, y: -2 },
      { x: 3, y: 4 },
    ],
    many,
    text: Uint8Array.of(1, 2, 3, 4, 5),
  };
  const decoded = nested!.decode(nested!.encode(value));
  assert.equal(decoded, { ...value, u: { low: 0x55667788, all: 0x1122334455667788n } });
});

test('a flexible array should have as many elements as it is given', () => {
  const value = { n: 3, data: [7, 8, 9] };
  const bytes = tail!.encode(value);
  assert.is(bytes.length, 16);
  assert.equal(tail!.decode(bytes), value);
});

test.run();
