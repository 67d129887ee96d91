import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ABI_NAMES } from './abi.ts';
import { factsOf, members, struct } from './facts.test.helper.ts';
import { elementOf, fieldOf, type Layout, layoutOf } from './layout.ts';
import { buildTypeTable, LayoutError } from './type-table.ts';
import type { CompositeFact, Facts } from './types.ts';

const tableOf = (types: CompositeFact[], more: Partial<Facts> = {}) =>
  buildTypeTable([factsOf({ ...more, types })]);
const offsets = (layout: Layout) => layout.fields.map(field => `${field.path}@${field.offset}+${field.size}`);

test('a 64-bit member is aligned to 4 on i386 and to 8 elsewhere', () => {
  const types = tableOf([struct('s', ['a', '__u32'], ['b', '__u64'], ['c', '__u8'])]);
  for (const abi of ABI_NAMES) {
    const layout = layoutOf(types, 's', abi);
    if (abi === 'i386') {
      assert.equal([layout.size, layout.align, offsets(layout)], [16, 4, ['a@0+4', 'b@4+8', 'c@12+1']]);
      assert.equal(layout.holes, [{ offset: 13, size: 3 }]);
    } else {
      assert.equal([layout.size, layout.align, offsets(layout)], [24, 8, ['a@0+4', 'b@8+8', 'c@16+1']]);
      assert.equal(layout.holes, [
        { offset: 4, size: 4 },
        { offset: 17, size: 7 },
      ]);
    }
  }
});

test('the aligned types lie alike on every ABI', () => {
  const types = tableOf([struct('s', ['a', '__u32'], ['b', '__aligned_u64'])]);
  for (const abi of ABI_NAMES) assert.is(layoutOf(types, 's', abi).size, 16);
});

test('long, pointers and size types follow the ABI', () => {
  const types = tableOf([
    struct(
      's',
      ['n', '__kernel_size_t'],
      ['p', { pointer: 'char' }],
      ['l', 'long unsigned int'],
      ['i', 'int'],
    ),
  ]);
  assert.is(layoutOf(types, 's', 'aarch64').size, 32);
  assert.is(layoutOf(types, 's', 'armhf').size, 16);
  const pointer = fieldOf(layoutOf(types, 's', 'armhf'), 'p');
  assert.equal(pointer, {
    path: 'p',
    offset: 4,
    size: 4,
    align: 4,
    scalar: { bytes: 4, signed: false },
    pointer: true,
  });
  assert.is(fieldOf(layoutOf(types, 's', 'riscv64'), 'i').scalar?.signed, true);
});

test('members of anonymous structs and unions go by their own names', () => {
  const inner = { anonymous: 'struct' as const, members: members(['b', '__u16'], ['c', '__u16']) };
  const union = {
    anonymous: 'union' as const,
    members: members(['a', '__u32'], [null, inner], ['wide', '__u64']),
  };
  const layout = layoutOf(tableOf([struct('s', ['head', '__u32'], [null, union])]), 's', 'x86_64');
  assert.equal(offsets(layout), ['head@0+4', 'a@8+4', 'b@8+2', 'c@10+2', 'wide@8+8']);
  assert.equal(layout.holes, [{ offset: 4, size: 4 }]);
});

test('a nested struct is a field and its fields follow it', () => {
  const types = tableOf([
    struct('base', ['type', '__u32'], ['length', '__u32']),
    struct('event', ['base', { named: 'base' }], ['user', '__u64']),
  ]);
  const layout = layoutOf(types, 'event', 'i386');
  assert.equal(offsets(layout), ['base@0+8', 'base.type@0+4', 'base.length@4+4', 'user@8+8']);
  assert.is(fieldOf(layout, 'base').composite?.name, 'base');
});

test('a union has the size of its largest member, and no hole where any member has a byte', () => {
  const union: CompositeFact = {
    ...struct('u', ['a', '__u8'], ['b', { array: { scalar: '__u16' }, length: 3 }]),
    kind: 'union',
  };
  const layout = layoutOf(tableOf([union]), 'u', 'x86_64');
  assert.equal([layout.size, layout.align, layout.holes], [6, 2, []]);
});

test('arrays of structs: every element, holes included', () => {
  const element = {
    anonymous: 'struct' as const,
    members: members(['value', 'unsigned long'], ['type', 'enum t']),
  };
  const types = tableOf([struct('s', ['count', '__u64'], ['data', { array: element, length: 3 }])]);
  const layout = layoutOf(types, 's', 'x86_64');
  assert.is(layout.size, 56);
  assert.equal(fieldOf(layout, 'data[2].type'), {
    path: 'data[2].type',
    offset: 48,
    size: 4,
    align: 4,
    scalar: { bytes: 4, signed: false },
  });
  assert.equal(
    layout.holes.map(hole => hole.offset),
    [20, 36, 52],
  );
  assert.is(layoutOf(types, 's', 'armhf').holes.length, 0);
});

test('arrays of arrays and flexible arrays', () => {
  const grid = { array: { array: { scalar: '__u16' }, length: 4 }, length: 2 };
  const flexible = { array: { scalar: '__u64' }, length: null };
  const layout = layoutOf(
    tableOf([struct('s', ['grid', grid], ['n', '__u8'], ['tail', flexible])]),
    's',
    'x86_64',
  );
  assert.is(fieldOf(layout, 'grid[1][3]').offset, 14);
  assert.equal([layout.size, layout.align], [24, 8]);
  assert.is(fieldOf(layout, 'tail').offset, 24);
  assert.is(fieldOf(layout, 'tail[2]').offset, 40);
  assert.is(elementOf(fieldOf(layout, 'grid'), 1).path, 'grid[1]');
});

test('packed and aligned attributes', () => {
  const packed: CompositeFact = { ...struct('p', ['a', '__u8'], ['b', '__u64']), packed: true };
  const raised: CompositeFact = { ...struct('r', ['a', '__u8']), align: 16 };
  const member = { ...struct('m', ['a', '__u8'], ['b', '__u8']) };
  const aligned: CompositeFact = {
    ...member,
    members: [member.members[0]!, { ...member.members[1]!, align: 4 }],
  };
  const types = tableOf([packed, raised, aligned, struct('q', ['a', '__u8'], ['p', { named: 'p' }])]);
  assert.equal([layoutOf(types, 'p', 'x86_64').size, layoutOf(types, 'p', 'x86_64').align], [9, 1]);
  assert.is(layoutOf(types, 'q', 'x86_64').size, 10);
  assert.is(layoutOf(types, 'r', 'x86_64').size, 16);
  assert.is(fieldOf(layoutOf(types, 'm', 'x86_64'), 'b').offset, 4);
});

test('typedefs and enums of the header', () => {
  const types = tableOf(
    [struct('s', ['a', 'magic_t'], ['b', 's2_t'], ['c', 'enum big'], ['d', 'enum low'])],
    {
      typedefs: [
        { name: 'magic_t', type: { scalar: 'unsigned int' }, line: 1 },
        { name: 's2_t', type: { anonymous: 'struct', members: members(['x', '__u8']) }, line: 1 },
      ],
      enums: [
        { name: 'big', line: 1, members: [{ name: 'B', value: 0x100000000, line: 1 }] },
        { name: 'low', line: 1, members: [{ name: 'L', value: -1, line: 1 }] },
      ],
    },
  );
  const layout = layoutOf(types, 's', 'i386');
  assert.equal(offsets(layout), ['a@0+4', 'b@4+1', 'b.x@4+1', 'c@8+8', 'd@16+4']);
  assert.is(fieldOf(layout, 'd').scalar?.signed, true);
  assert.is(layoutOf(types, 's2_t', 'i386').name, 's2_t');
});

test('a layout is computed once for each table and ABI', () => {
  const types = tableOf([struct('s', ['a', '__u64'])]);
  assert.is(layoutOf(types, 's', 'x86_64'), layoutOf(types, 's', 'x86_64'));
  assert.is.not(layoutOf(types, 's', 'x86_64'), layoutOf(types, 's', 'i386'));
});

test('what cannot be laid out says what is missing', () => {
  const types = tableOf([
    struct('s', ['a', { named: 'gone' }]),
    struct('t', ['a', 'gone_t']),
    struct('loop', ['a', { named: 'loop' }]),
    struct('fine', ['a', '__u8'], ['list', { array: { scalar: '__u8' }, length: 2 }]),
  ]);
  const refuses = (run: () => unknown, text: RegExp) =>
    assert.throws(run, (error: Error) => error instanceof LayoutError && text.test(error.message));
  refuses(() => layoutOf(types, 's', 'x86_64'), /defines a struct or union gone/);
  refuses(() => layoutOf(types, 't', 'x86_64'), /says what gone_t is/);
  refuses(() => layoutOf(types, 'loop', 'x86_64'), /contains itself/);
  refuses(() => layoutOf(types, 'nothing', 'x86_64'), /struct or union nothing/);
  const fine = layoutOf(types, 'fine', 'x86_64');
  for (const path of ['b', 'a.b', 'a[0]', 'list[0].x', 'list[', ''])
    refuses(() => fieldOf(fine, path), /fine|not an array/);
});

test.run();
