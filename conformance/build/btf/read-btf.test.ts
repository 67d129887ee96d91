import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { composite, int, type Written, writeBtf } from './btf.test.helper.ts';
import { enumerators, places } from './btf-layout.ts';
import { Btf, BtfError, type BtfType, KIND } from './read-btf.ts';

const placesOf = (btf: Btf, name: string) =>
  places(btf, btf.named(name, KIND.STRUCT, KIND.UNION)[0]!).map(
    ({ path, offset, size }) => `${path}@${offset}+${size}`,
  );

/** 1 unsigned int, 2 u32, 3 const u32, 4 pointer, 5 u32[3], 6 anonymous union, 7 struct p, 8 struct p[2], 9 struct s. */
const TYPES: Written[] = [
  int('unsigned int', 4),
  { kind: 'TYPEDEF', name: 'u32', sizeOrType: 1 },
  { kind: 'CONST', sizeOrType: 2 },
  { kind: 'PTR', sizeOrType: 0 },
  { kind: 'ARRAY', parts: [2, 1, 3] },
  composite('UNION', '', 8, ['ptr', 4, 0], ['word', 3, 0]),
  composite('STRUCT', 'p', 8, ['x', 1, 0], ['y', 1, 32]),
  { kind: 'ARRAY', parts: [7, 1, 2] },
  composite('STRUCT', 's', 48, ['list', 5, 0], ['', 6, 128], ['pairs', 8, 192], ['p', 7, 320]),
];

test('members lie where the struct says, through typedefs, qualifiers, arrays and what has no name', () => {
  const btf = new Btf(writeBtf(TYPES));
  assert.is(btf.count, 10);
  assert.equal(placesOf(btf, 's'), [
    'list@0+12',
    'ptr@16+8',
    'word@16+4',
    'pairs@24+16',
    'pairs[0].x@24+4',
    'pairs[0].y@28+4',
    'p@40+8',
    'p.x@40+4',
    'p.y@44+4',
  ]);
});

test('a module continues the types and strings of the kernel', () => {
  const bytes = writeBtf(TYPES);
  const base = new Btf(bytes);
  const before = new DataView(bytes.buffer).getUint32(20, true);
  const own = [
    composite('STRUCT', 'm', 12, ['a', 7, 0], ['b', 2, 64]),
    composite('STRUCT', 'p', 4, ['z', 1, 0]),
  ];
  const btf = new Btf(writeBtf(own, { before }), base);
  assert.equal(placesOf(btf, 'm'), ['a@0+8', 'a.x@0+4', 'a.y@4+4', 'b@8+4']);
  assert.equal(
    btf.named('p', KIND.STRUCT).map(({ id }) => id),
    [11, 7],
    'its own types come first',
  );
  assert.equal(
    [...btf.own()].map(({ name }) => name),
    ['m', 'p'],
  );
  assert.is(base.named('m', KIND.STRUCT).length, 0);
});

test('a longer header, as newer kernels have it, is skipped', () => {
  assert.equal(placesOf(new Btf(writeBtf(TYPES, { header: 32 })), 'p'), ['x@0+4', 'y@4+4']);
});

test('members of enums: signed, unsigned and of 64 bits', () => {
  const btf = new Btf(
    writeBtf([
      { kind: 'ENUM', name: 'e', sizeOrType: 4, flag: true, length: 2, parts: ['MINUS', -1, 'TWO', 2] },
      { kind: 'ENUM', name: 'u', sizeOrType: 4, length: 1, parts: ['TOP', 0x80000000] },
      { kind: 'ENUM64', name: 'w', sizeOrType: 8, length: 1, parts: ['WIDE', 1, 2] },
    ]),
  );
  const values = [...btf.own()].flatMap(type => enumerators(btf, type)).map(each => [each.name, each.value]);
  assert.equal(values, [
    ['MINUS', 0xffffffffffffffffn],
    ['TWO', 2n],
    ['TOP', 0x80000000n],
    ['WIDE', 0x200000001n],
  ]);
});

test('every kind that has something behind it is stepped over', () => {
  const btf = new Btf(
    writeBtf([
      { kind: 'FUNC_PROTO', length: 2, parts: ['a', 1, 'b', 1] },
      { kind: 'FUNC', name: 'f', sizeOrType: 1 },
      { kind: 'VAR', name: 'v', sizeOrType: 1, parts: [0] },
      { kind: 'DATASEC', name: '.data', length: 1, parts: [3, 0, 4] },
      { kind: 'FLOAT', name: 'double', sizeOrType: 8 },
      { kind: 'DECL_TAG', name: 'tag', sizeOrType: 2, parts: [0] },
      { kind: 'FWD', name: 'later' },
      composite('STRUCT', 'last', 8, ['d', 5, 0]),
    ]),
  );
  assert.equal(placesOf(btf, 'last'), ['d@0+8']);
});

test('what is no BTF, is cut off or has a bit-field is refused in one sentence', () => {
  const refuses = (make: () => unknown, text: RegExp) =>
    assert.throws(make, (error: Error) => error instanceof BtfError && text.test(error.message));
  const good = writeBtf(TYPES);
  refuses(() => new Btf(new Uint8Array(64)), /does not begin as little-endian BTF does/);
  refuses(() => new Btf(good.subarray(0, good.length - 1)), /the header names \d+ bytes and there are \d+/);
  const version = good.slice();
  version[2] = 2;
  refuses(() => new Btf(version), /version 2, not 1/);
  const kind = good.slice();
  kind[24 + 7] = 99;
  refuses(() => new Btf(kind), /a type of kind 99/);
  refuses(() => new Btf(good).type(10), /there is no type 10/);
  refuses(() => new Btf(good).text(9999), /there is no string at 9999/);
  const long = writeBtf([{ kind: 'STRUCT', name: 's', sizeOrType: 4, length: 1 }]);
  refuses(() => new Btf(long), /the last type is cut off/);
  const bits: Written = { ...composite('STRUCT', 'b', 4, ['few', 1, 3 << 24]), flag: true };
  const btf = new Btf(writeBtf([int('unsigned int', 4), bits]));
  refuses(() => placesOf(btf, 'b'), /b has the bit-field few/);
  const plain: Written = { ...composite('STRUCT', 'b', 8, ['x', 1, 32]), flag: true };
  assert.equal(placesOf(new Btf(writeBtf([int('unsigned int', 4), plain])), 'b'), ['x@4+4']);
  const unknown = (id: number) => (): BtfType => new Btf(good).type(id);
  refuses(unknown(-1), /there is no type -1/);
});

test.run();
