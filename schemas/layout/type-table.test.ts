import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { factsOf, struct } from './facts.test.helper.ts';
import { buildTypeTable } from './type-table.ts';
import { bigintToFact, factToBigint } from './types.ts';

test('macros and enum members are constants alike, some with another value on some ABIs', () => {
  const types = buildTypeTable([
    factsOf({
      constants: [
        { name: 'ALL', value: '0xffffffffffffffff', abi: { i386: 4294967295 }, line: 1 },
        { name: 'TOP', value: -2147483648, line: 2 },
      ],
      enums: [{ name: null, line: 3, members: [{ name: 'ONE', value: 1, line: 3 }] }],
    }),
  ]);
  assert.is(types.constantValue('ALL'), 0xffffffffffffffffn);
  assert.is(types.constantValue('ALL', 'i386'), 0xffffffffn);
  assert.is(types.constantValue('TOP'), -2147483648n);
  assert.is(types.constantValue('ONE', 'i386'), 1n);
  assert.throws(() => types.constantValue('TWO'), /no header in this table defines the constant TWO/);
});

test('two headers may say the same and must not contradict one another', () => {
  const first = factsOf({
    types: [struct('s', ['a', '__u32'])],
    constants: [{ name: 'N', value: 1, line: 1 }],
  });
  const same = { ...first, header: 'drm/y.h', constants: [{ name: 'N', value: 1, line: 9 }] };
  assert.is(buildTypeTable([first, same]).composites.size, 1);
  const other = { ...same, types: [struct('s', ['a', '__u64'])] };
  assert.throws(() => buildTypeTable([first, other]), /struct s of drm\/y\.h differs/);
  const number = { ...same, constants: [{ name: 'N', value: 2, line: 9 }] };
  assert.throws(() => buildTypeTable([first, number]), /constant N of drm\/y\.h differs/);
});

test('a number in facts loses nothing', () => {
  for (const value of [0n, -1n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n), 2n ** 64n - 1n, -(2n ** 63n)]) {
    assert.is(factToBigint(bigintToFact(value)), value);
  }
  assert.type(bigintToFact(2n ** 53n - 1n), 'number');
  assert.is(bigintToFact(2n ** 53n), '0x20000000000000');
  assert.is(bigintToFact(-(2n ** 53n)), '-0x20000000000000');
});

test.run();
