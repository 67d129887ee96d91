import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Facts } from '../layout/types.ts';
import { ExtractError, extractFacts } from './extract.ts';
import { createTestParser } from './parser.test.helper.ts';

const parser = await createTestParser();

const source = { package: 'test', version: '1', sha256: '0'.repeat(64), license: 'MIT' };
const DRM = [
  "#define DRM_IOCTL_BASE 'd'",
  '#define DRM_IO(nr) _IO(DRM_IOCTL_BASE,nr)',
  '#define DRM_IOR(nr,type) _IOR(DRM_IOCTL_BASE,nr,type)',
  '#define DRM_IOW(nr,type) _IOW(DRM_IOCTL_BASE,nr,type)',
  '#define DRM_IOWR(nr,type) _IOWR(DRM_IOCTL_BASE,nr,type)',
  '#define DRM_COMMAND_BASE 0x40',
].join('\n');

function extract(text: string, files: Record<string, string> = { 'drm/drm.h': DRM }): Facts {
  return extractFacts({
    header: 'drm/x.h',
    text,
    parser,
    kernel: '7.3.4',
    source,
    include: path => files[path],
  });
}

test('numbers and request macros defined by enums, through pasted names', () => {
  const facts = extract(`#include "drm.h"
enum drm_x_id { DRM_X_QUERY = 0, DRM_X_CREATE, };
#define DRM_IOCTL_X(a, id, type) \\
  DRM_IO ## a(DRM_COMMAND_BASE + DRM_X_ ## id, \\
              struct drm_x_ ## type)
enum {
  DRM_IOCTL_X_QUERY =
    DRM_IOCTL_X(WR, QUERY, query),
  DRM_IOCTL_X_CREATE = DRM_IOCTL_X(W, CREATE, create),
};`);
  assert.equal(facts.ioctls, [
    {
      name: 'DRM_IOCTL_X_QUERY',
      direction: 'readwrite',
      letter: 100,
      number: 64,
      argument: { named: 'drm_x_query' },
      line: 7,
    },
    {
      name: 'DRM_IOCTL_X_CREATE',
      direction: 'write',
      letter: 100,
      number: 65,
      argument: { named: 'drm_x_create' },
      line: 9,
    },
  ]);
  // The enum that only names requests is no value set.
  assert.equal(
    facts.enums.map(one => one.name),
    ['drm_x_id'],
  );
  assert.equal(
    facts.unresolved.map(one => [one.name, one.reason]),
    [['DRM_IOCTL_X', 'the macro takes parameters']],
  );
});

test('every kind of request argument', () => {
  const { ioctls } = extract(`#include "drm.h"
#define A DRM_IO(0x1e)
#define B DRM_IOR( 0x02, union u)
#define C (DRM_IOWR(0xAF, unsigned int))
#define D _IOW('x', 1 << 2, char *)
#define E _IOR('x', 5, __u8[6])
#define F B`);
  assert.equal(
    ioctls.map(({ name, direction, letter, number, argument }) => [
      name,
      direction,
      letter,
      number,
      argument,
    ]),
    [
      ['A', 'none', 100, 0x1e, null],
      ['B', 'read', 100, 2, { named: 'u' }],
      ['C', 'readwrite', 100, 0xaf, { scalar: 'unsigned int' }],
      ['D', 'write', 120, 4, { pointer: 'char' }],
      ['E', 'read', 120, 5, { array: { scalar: '__u8' }, length: 6 }],
      ['F', 'read', 100, 2, { named: 'u' }],
    ],
  );
});

test('requests that cannot be read keep their reason', () => {
  const { ioctls, unresolved } = extract(`#include "drm.h"
#define A DRM_IOW(MISSING, int)
#define B _IOC(1, 'x', 1, 8)
#define C _IOW('x', 256, int)
#define D _IO('x', 1, int)`);
  assert.equal(ioctls, []);
  assert.match(unresolved[0]!.reason, /MISSING is not known/);
  assert.match(unresolved[1]!.reason, /_IOC/);
  assert.match(unresolved[2]!.reason, /number 256 is no byte/);
  assert.match(unresolved[3]!.reason, /wrong number of arguments/);
});

test('definitions inside a struct are constants and leave the members whole', () => {
  const { types, constants } = extract(`struct s {
  __u32 a;
#define S_FLAG (1 << 3)
#define S_MAX 8
#ifdef __cplusplus
  void *virt;
#else
  void *virtual;
#endif
  __u32 list[S_MAX]; /* a comment; with a semicolon */
};`);
  assert.equal(types[0]!.members, [
    { name: 'a', type: { scalar: '__u32' }, line: 2 },
    { name: 'virtual', type: { pointer: 'void' }, line: 8 },
    { name: 'list', type: { array: { scalar: '__u32' }, length: 8 }, line: 10 },
  ]);
  assert.equal(constants, [
    { name: 'S_FLAG', value: 8, line: 3 },
    { name: 'S_MAX', value: 8, line: 4 },
  ]);
});

test('anonymous, nested and tagged inner types', () => {
  const { types, enums } = extract(`struct s {
  union { __u32 a; struct { __u16 b, c; }; };
  struct inner { __u8 x; } y;
  struct { unsigned long v; } data[15];
  enum { LOW, HIGH = 5 } level;
  struct inner *next;
};
union u { __u64 whole; __u32 half[2]; };`);
  assert.equal(
    types.map(type => `${type.kind} ${type.name}`),
    ['struct s', 'struct inner', 'union u'],
  );
  const [anonymous, y, data, level, next] = types[0]!.members;
  assert.is(anonymous!.name, null);
  assert.equal(anonymous!.type, {
    anonymous: 'union',
    members: [
      { name: 'a', type: { scalar: '__u32' }, line: 2 },
      {
        name: null,
        type: {
          anonymous: 'struct',
          members: [
            { name: 'b', type: { scalar: '__u16' }, line: 2 },
            { name: 'c', type: { scalar: '__u16' }, line: 2 },
          ],
        },
        line: 2,
      },
    ],
  });
  assert.equal([y!.name, y!.type], ['y', { named: 'inner' }]);
  assert.is((data!.type as { length: number }).length, 15);
  assert.equal(level!.type, { scalar: 'enum' });
  assert.equal(next!.type, { pointer: 'struct inner' });
  assert.equal(enums, [
    {
      name: null,
      line: 5,
      members: [
        { name: 'LOW', value: 0, line: 5 },
        { name: 'HIGH', value: 5, line: 5 },
      ],
    },
  ]);
});

test('arrays, pointers and qualifiers', () => {
  const { types } = extract(`#define N 3
struct s {
  __volatile__ unsigned int lock;
  const char *name, *other;
  char **argv;
  __u8 grid[2][N + 1];
  int *table[4];
  void (*call)(int);
  __u32 old[0];
  __u64 flex[];
};`);
  assert.equal(
    types[0]!.members.map(({ name, type }) => [name, type]),
    [
      ['lock', { scalar: 'unsigned int' }],
      ['name', { pointer: 'const char' }],
      ['other', { pointer: 'const char' }],
      ['argv', { pointer: 'char *' }],
      ['grid', { array: { array: { scalar: '__u8' }, length: 4 }, length: 2 }],
      ['table', { array: { pointer: 'int' }, length: 4 }],
      ['call', { pointer: 'void ( int )' }],
      ['old', { array: { scalar: '__u32' }, length: 0 }],
      ['flex', { array: { scalar: '__u64' }, length: null }],
    ],
  );
});

test('packed and aligned are kept, other attributes are not', () => {
  const { types, unresolved } = extract(`struct a { __u8 x; __u32 y; } __attribute__((packed));
struct __attribute__((__packed__, aligned(2))) b { __u8 x; };
struct c { __u8 x; __u64 y __attribute__((aligned(8))); __aligned_u64 z; };
struct d { __u8 n; __u8 list[] __attribute__((counted_by(n))); };
struct e { __u8 x; } __attribute__((aligned));`);
  assert.equal(
    types.map(({ name, packed, align }) => [name, packed, align]),
    [
      ['a', true, undefined],
      ['b', true, 2],
      ['c', undefined, undefined],
      ['d', undefined, undefined],
    ],
  );
  assert.is(types[2]!.members[1]!.align, 8);
  assert.equal(types[2]!.members[2]!.type, { scalar: '__aligned_u64' });
  assert.equal(
    unresolved.map(one => one.name),
    ['e'],
  );
});

test('macros of linux/stddef.h that make members', () => {
  const stddef = `#define __struct_group(TAG, NAME, ATTRS, MEMBERS...) \\
  union { struct { MEMBERS } ATTRS; struct TAG { MEMBERS } ATTRS NAME; } ATTRS
#define __counted_by(m)`;
  const text = `#include <linux/stddef.h>
struct s {
  __struct_group(head, hdr, /* none */,
    __u32 a;
    __u32 b, c;
  );
  __u8 data[] __counted_by(a);
};`;
  const { types } = extract(text, { 'linux/stddef.h': stddef });
  assert.equal(
    types.map(type => [type.name, type.members.length]),
    [
      ['s', 2],
      ['head', 3],
    ],
  );
});

test('typedefs of scalars, structs, enums and pointers', () => {
  const { typedefs, types } = extract(`typedef unsigned int magic_t;
struct s { magic_t m; };
typedef struct s s_t;
typedef struct { int a; } anonymous_t;
typedef enum { ONE } enum_t;
typedef char *text_t;`);
  assert.equal(
    typedefs.map(({ name, type }) => [name, Object.keys(type)[0], Object.values(type)[0]]),
    [
      ['magic_t', 'scalar', 'unsigned int'],
      ['s_t', 'named', 's'],
      ['anonymous_t', 'anonymous', 'struct'],
      ['enum_t', 'scalar', 'enum'],
      ['text_t', 'pointer', 'char'],
    ],
  );
  assert.equal(types[0]!.members[0]!.type, { scalar: 'magic_t' });
});

test('enum values: implicit, repeated, negative, by other members and by macros', () => {
  const { enums } = extract(`#define BASE 10
enum e { A = BASE, B, C = A, D = -1, E, F = (1 << 31), G = A | BASE << 4 };`);
  assert.equal(
    enums[0]!.members.map(member => member.value),
    [10, 11, 10, -1, 0, -2147483648, 170],
  );
});

test('a member whose value is not known takes those that count on from it along', () => {
  const { enums, unresolved } = extract('enum e { A, B = MISSING, C, D = 4, E };');
  assert.equal(
    enums[0]!.members.map(member => [member.name, member.value]),
    [
      ['A', 0],
      ['D', 4],
      ['E', 5],
    ],
  );
  assert.equal(
    unresolved.map(one => one.name),
    ['B', 'C'],
  );
});

test('large numbers are hexadecimal strings, and a value that depends on long has both', () => {
  const { constants } = extract(`#define A (1ULL << 53)
#define B ((1ULL << 53) - 1)
#define C (~0UL)
#define D (-1LL << 60)`);
  assert.equal(constants, [
    { name: 'A', value: '0x20000000000000', line: 1 },
    { name: 'B', value: 9007199254740991, line: 2 },
    { name: 'C', value: '0xffffffffffffffff', abi: { i386: 4294967295, armhf: 4294967295 }, line: 3 },
    { name: 'D', value: '-0x1000000000000000', line: 4 },
  ]);
});

test('a constant that rests on an external name says so, unless an included header defines that name', () => {
  assert.equal(extract('#define DRM_CLOEXEC O_CLOEXEC\n#define X BIT(3)').constants, [
    { name: 'DRM_CLOEXEC', value: 0o2000000, externals: ['O_CLOEXEC'], line: 1 },
    { name: 'X', value: 8, externals: ['BIT'], line: 2 },
  ]);
  const own = extract('#define BIT(n) (1U << (n))\n#define X BIT(3)');
  assert.equal(own.constants, [{ name: 'X', value: 8, line: 2 }]);
});

test('what has no value is listed with the reason, in the order of lines', () => {
  const { unresolved } = extract(`#ifndef X_H
#define X_H
#define NAME "drm"
#define NOTHING
#define SHIFT(x) ((x) << 2)
struct s { __u32 a : 3; };
#define GONE MISSING_THING
#endif`);
  assert.equal(
    unresolved.map(({ name, line, reason }) => `${line} ${name}: ${reason}`),
    [
      '2 X_H: it guards the header against a second inclusion',
      '3 NAME: it is a string',
      '4 NOTHING: it is defined as nothing',
      '5 SHIFT: the macro takes parameters',
      '6 s: its member a is a bit-field, whose place C leaves open',
      '7 GONE: MISSING_THING is not known from this header or those it includes',
    ],
  );
});

test('only what the header itself says is listed, though it may use what it includes', () => {
  const files = {
    'drm/drm.h': 'enum { CORE = 4 };\nstruct core { int a; };\n#define OTHER 1\ntypedef __u16 core_t;',
  };
  const facts = extract(
    '#include "drm.h"\nstruct s { struct core c; core_t t[CORE]; };\n#define MINE (CORE + OTHER)',
    files,
  );
  assert.equal(facts.types.map(type => type.name).concat(facts.constants.map(one => one.name)), [
    's',
    'MINE',
  ]);
  assert.is(facts.constants[0]!.value, 5);
  assert.equal([facts.enums, facts.typedefs], [[], []]);
});

test('a declaration that is no C is listed and the rest is read', () => {
  const { types, unresolved } = extract('struct bad { int 3x; };\nstruct good { int a; };');
  assert.equal(
    types.map(type => type.name),
    ['good'],
  );
  assert.equal(
    unresolved.map(one => [one.name, one.reason]),
    [['bad', 'the declaration cannot be parsed']],
  );
});

test('a header that cannot be preprocessed is refused with its place', () => {
  assert.throws(
    () => extract('#if 1\n'),
    (error: Error) => error instanceof ExtractError && /drm\/x\.h/.test(error.message),
  );
});

test.run();
