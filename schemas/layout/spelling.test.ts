import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { factsOf, members, struct } from './facts.test.helper.ts';
import { memberPath, membersOf, spellType } from './spelling.ts';
import { buildTypeTable } from './type-table.ts';
import type { CType } from './types.ts';

const pair = { anonymous: 'struct' as const, members: members(['low', '__u32'], ['high', '__u32']) };
const union = { anonymous: 'union' as const, members: members(['whole', '__u64'], [null, pair]) };
const types = buildTypeTable([
  factsOf({
    types: [
      { ...struct('u', ['x', '__u8']), kind: 'union' },
      struct(
        's',
        ['head', '__u32'],
        [null, union],
        ['list', { array: pair, length: 3 }],
        ['u', { named: 'u' }],
        ['tail', { array: { scalar: '__u8' }, length: null }],
      ),
    ],
    typedefs: [{ name: 'pair_t', type: pair, line: 1 }],
  }),
]);

test('types should be spelled as C does', () => {
  const spelled: [CType, string][] = [
    [{ scalar: '__u32' }, '__u32'],
    [{ named: 'u' }, 'union u'],
    [{ named: 's' }, 'struct s'],
    [{ pointer: 'char' }, 'char *'],
    [{ array: { scalar: '__u8' }, length: null }, '__u8 []'],
    [{ array: { array: { scalar: '__u16' }, length: 4 }, length: 2 }, '__u16 [2][4]'],
    [union, 'union'],
  ];
  for (const [type, text] of spelled) assert.is(spellType(type, types), text);
});

test('members should be listed with those inside them, anonymous ones without a path', () => {
  assert.equal(
    membersOf(types, 's').map(({ path, depth }) => [path, depth]),
    [
      ['head', 0],
      [null, 0],
      ['whole', 1],
      [null, 1],
      ['low', 2],
      ['high', 2],
      ['list', 0],
      ['list[].low', 1],
      ['list[].high', 1],
      ['u', 0],
      ['u.x', 1],
      ['tail', 0],
    ],
  );
  assert.equal(
    membersOf(types, 'pair_t').map(({ path }) => path),
    ['low', 'high'],
  );
});

test('the path of an element should lead to its member', () => {
  assert.is(memberPath('list[2].low'), 'list[].low');
  assert.is(memberPath('tail[7]'), 'tail');
  assert.is(memberPath('head'), 'head');
});

test.run();
