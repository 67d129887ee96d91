import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { factsOf, struct } from '../../../schemas/layout/facts.test.helper.ts';
import { buildTypeTable } from '../../../schemas/layout/index.ts';
import { composite, int, type Written, writeBtf } from './btf.test.helper.ts';
import { compareWithBtf } from './compare-btf.ts';
import { Btf } from './read-btf.ts';

const facts = factsOf({
  types: [struct('s', ['a', '__u32'], ['b', '__u64']), struct('old', ['x', '__u32'])],
  enums: [
    {
      name: 'e',
      line: 1,
      members: [
        { name: 'ONE', value: 1, line: 1 },
        { name: 'TOP', value: -2147483648, line: 1 },
      ],
    },
    { name: null, line: 1, members: [{ name: 'LOOSE', value: 3, line: 1 }] },
    { name: 'f', line: 1, members: [{ name: 'NOWHERE', value: 3, line: 1 }] },
  ],
});
const U32 = int('unsigned int', 4);
const U64 = int('unsigned long', 8);
const E: Written = {
  kind: 'ENUM',
  name: 'e',
  sizeOrType: 4,
  length: 2,
  parts: ['ONE', 1, 'TOP', 0x80000000],
};
const LOOSE: Written = { kind: 'ENUM', sizeOrType: 4, length: 1, parts: ['LOOSE', 3] };
const OTHER: Written = { kind: 'ENUM', sizeOrType: 4, length: 1, parts: ['OTHER', 4] };
const GOOD = composite('STRUCT', 's', 16, ['a', 1, 0], ['b', 2, 64]);

const compare = (...types: Written[]) =>
  compareWithBtf(facts, buildTypeTable([facts]), 'x86_64', new Btf(writeBtf([U32, U64, ...types])));

test('what agrees is counted, and what the kernel does not have is named', () => {
  assert.equal(compare(GOOD, E, OTHER, LOOSE), {
    types: 1,
    members: 2,
    values: 3,
    differences: [],
    unused: { types: ['old'], values: ['NOWHERE'] },
  });
});

test('another size, place or member is one sentence each', () => {
  const other = composite('STRUCT', 's', 24, ['a', 2, 0], ['c', 2, 64]);
  assert.equal(compare(other).differences, [
    'struct s: the size is 16, in the kernel 24',
    'struct s: a has offset 0 and size 4, in the kernel 0 and 8',
    'struct s: b is not in the kernel',
    'struct s: c is only in the kernel',
  ]);
});

test('of two types with the same tag both have to agree', () => {
  const second = composite('STRUCT', 's', 16, ['a', 1, 32], ['b', 2, 64]);
  assert.equal(compare(GOOD, second).differences, [
    'struct s: a has offset 0 and size 4, in the kernel 4 and 4',
  ]);
});

test('a union is no struct of that tag', () => {
  const { types, unused } = compare(composite('UNION', 's', 16, ['a', 1, 0], ['b', 2, 0]));
  assert.equal([types, unused.types], [0, ['s', 'old']]);
});

test('another value of an enum, and one that is missing', () => {
  const { differences, values } = compare({ ...E, length: 1, parts: ['ONE', 2] });
  assert.is(values, 2);
  assert.equal(differences, ['ONE is 1, in the kernel 2', "TOP is not in the kernel's enum"]);
});

test.run();
