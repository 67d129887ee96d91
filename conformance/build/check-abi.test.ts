import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildTypeTable, type Facts, type MemberFact } from '../../schemas/layout/index.ts';
import { buildProbe } from './abi-probe.ts';
import { CheckAbiError, checkAbi, compareFacts, describeAbis } from './check-abi.ts';
import { sectionOf } from './elf-section.ts';

const TEXT = '#define TOP (1 << 31)\n';
const facts: Facts = {
  header: 'drm/x.h',
  kernel: '7.3.4',
  source: {
    package: 'test',
    version: '1',
    sha256: createHash('sha256').update(TEXT).digest('hex'),
    license: 'MIT',
  },
  constants: [
    { name: 'TOP', value: -2147483648, line: 1 },
    { name: 'ALL', value: '0xffffffffffffffff', abi: { i386: 4294967295 }, line: 2 },
    { name: 'FLAG', value: 1, externals: ['BIT'], line: 3 },
    { name: 'EXEC', value: 524288, externals: ['O_CLOEXEC'], line: 4 },
  ],
  enums: [{ name: null, line: 5, members: [{ name: 'ONE', value: 1, line: 5 }] }],
  types: [
    {
      name: 's',
      kind: 'struct',
      line: 6,
      members: [
        { name: 'n', type: { scalar: '__s32' }, line: 7 },
        {
          name: 'list',
          type: {
            array: { anonymous: 'struct', members: [{ name: 'v', type: { scalar: '__u64' }, line: 8 }] },
            length: 2,
          },
          line: 8,
        },
      ],
    },
    { name: 'bad', kind: 'struct', line: 9, members: [{ name: 'x', type: { named: 'bits' }, line: 9 }] },
  ],
  typedefs: [],
  ioctls: [{ name: 'REQ', direction: 'write', letter: 100, number: 64, argument: { named: 's' }, line: 10 }],
  unresolved: [],
};

const test = suite('check-abi');

test('every type, field, request and constant is asked about, with our answer', () => {
  const { questions } = buildProbe(facts, buildTypeTable([facts]), 'i386');
  const answers = new Map(questions.map(({ expression, expected }) => [expression, expected]));
  assert.is(answers.get('sizeof(struct s)'), 20n);
  assert.is(answers.get('_Alignof(struct s)'), 4n);
  assert.is(answers.get('__builtin_offsetof(struct s, list[0].v)'), 4n);
  assert.is(answers.get('__alignof__(((struct s *)0)->list[0].v)'), 4n);
  assert.is(answers.get('sizeof(((struct s *)0)->list) / sizeof(((struct s *)0)->list[0])'), 2n);
  assert.is(answers.get('((__typeof__(((struct s *)0)->n))-1) < 0'), 1n);
  assert.is(answers.get('(unsigned int)(REQ)'), 0x40146440n);
  assert.is(answers.get('TOP'), 0xffffffff80000000n);
  assert.is(answers.get('ALL'), 0xffffffffn);
  assert.is(answers.get('ONE'), 1n);
  assert.is(answers.get('EXEC'), 524288n);
});

test('what no program can ask for is listed with the reason, and what rests on a macro of the kernel', () => {
  const macro = { name: 'ADD', line: 11, reason: 'the macro takes parameters' };
  const all = { ...facts, unresolved: [macro] };
  const { skipped, assumed, source } = buildProbe(all, buildTypeTable([all]), 'x86_64');
  assert.equal(skipped, [
    { name: 'ADD', reason: 'the macro takes parameters' },
    { name: 'bad', reason: 'no header in this table defines a struct or union bits' },
  ]);
  assert.equal(assumed, [{ name: 'FLAG', reason: 'BIT is taken from vdso/bits.h of the kernel' }]);
  assert.match(
    source,
    '#include <asm/fcntl.h>\n#include <linux/types.h>\n#include <drm/x.h>\n#define BIT(nr)',
  );
});

test('every hole is asked about: between members, behind the last, in an element of an array', () => {
  const scalar = (name: string, type: string) => ({ name, type: { scalar: type }, line: 1 });
  const pair = { anonymous: 'struct', members: [scalar('a', '__u16'), scalar('b', '__u8')] } as const;
  const holes = (...members: MemberFact[]) => {
    const all = { ...facts, types: [{ name: 's', kind: 'struct' as const, line: 1, members }] };
    const { questions, skipped } = buildProbe(all, buildTypeTable([all]), 'x86_64');
    assert.equal(skipped, []);
    return questions
      .filter(({ subject }) => subject === 'hole')
      .map(each => [each.expression, each.expected]);
  };
  const end = (path: string) => `(__builtin_offsetof(struct s, ${path}) + sizeof(((struct s *)0)->${path}))`;
  assert.equal(holes(scalar('x', '__u8'), scalar('y', '__u32'), scalar('z', '__u16')), [
    [`__builtin_offsetof(struct s, y) - ${end('x')}`, 3n],
    [`sizeof(struct s) - ${end('z')}`, 2n],
  ]);
  const list = { name: 'l', type: { array: pair, length: 3 }, line: 1 };
  assert.equal(holes(list, scalar('x', '__u16')), [
    [`__builtin_offsetof(struct s, l) + sizeof(((struct s *)0)->l[0]) - ${end('l[0].b')}`, 1n],
  ]);
});

test('one wrong answer is one difference; right ones are counted by subject', () => {
  const right = compareFacts([facts], 'x86_64', probe => probe.questions.map(one => one.expected));
  assert.equal(right.differences, []);
  const [report] = right.headers;
  assert.equal(report!.compared, { type: 2, field: 12, hole: 1, request: 1, constant: 5 });
  assert.equal(report!.names, { type: 1, field: 3, hole: 1, request: 1, constant: 5 });
  const wrong = compareFacts([facts], 'x86_64', ({ questions }) =>
    questions.map(({ expression, expected }) =>
      expression === 'sizeof(struct s)' ? expected + 4n : expected,
    ),
  );
  assert.equal(wrong.differences, [
    { abi: 'x86_64', header: 'drm/x.h', expression: 'sizeof(struct s)', ours: 24n, compiler: 28n },
  ]);
  const lines = describeAbis([{ abi: 'x86_64', compiler: 'cc 1', ...wrong }]);
  assert.equal(lines.at(0), '  drm/x.h: types 1, fields 3, holes 1, requests 1, constants 5');
  assert.match(lines.at(-2)!, /x86_64 +1 differences in 21 numbers .*, cc 1$/);
  assert.is(lines.at(-1), '    drm/x.h: sizeof(struct s): ours 0x18, compiler 0x1c');
});

test('a missing answer is an error, not agreement', () => {
  assert.throws(() => compareFacts([facts], 'x86_64', () => []), /no answer to sizeof\(struct s\)/);
});

test('a missing compiler, a missing header and a header of another version are one sentence each', () => {
  const root = mkdtempSync(join(tmpdir(), 'check-abi-test-'));
  const path = process.env.PATH;
  const refuses = (text: RegExp) =>
    assert.throws(
      () => checkAbi(root, join(root, 'facts')),
      (error: Error) => error instanceof CheckAbiError && text.test(error.message),
    );
  try {
    mkdirSync(join(root, 'drm'));
    mkdirSync(join(root, 'facts'));
    writeFileSync(join(root, 'facts', 'x.json'), JSON.stringify(facts));
    refuses(/drm\/x\.h is no file/);
    writeFileSync(join(root, 'drm', 'x.h'), `${TEXT}\n`);
    refuses(/x\.h is not the header of test 1 that x\.json was taken from/);
    writeFileSync(join(root, 'drm', 'x.h'), TEXT);
    process.env.PATH = root;
    refuses(/^the compiler x86_64-linux-gnu-gcc is not installed; install the package gcc-x86-64-linux-gnu$/);
  } finally {
    process.env.PATH = path;
    rmSync(root, { recursive: true, force: true });
  }
});

/** A made-up object file with the sections `.probe` and `.names` and their header table at the end. */
function objectFile(wide: boolean): Uint8Array {
  const names = '\0.probe\0.names\0';
  const [head, entry] = wide ? [64, 64] : [52, 40];
  const table = head + 8 + names.length;
  const bytes = new Uint8Array(table + 2 * entry);
  const view = new DataView(bytes.buffer);
  const word = (at: number, value: number) =>
    wide ? view.setBigUint64(at, BigInt(value), true) : view.setUint32(at, value, true);
  view.setUint32(0, 0x7f454c46);
  bytes[4] = wide ? 2 : 1;
  bytes[5] = 1;
  word(wide ? 40 : 32, table);
  for (const [i, value] of [entry, 2, 1].entries()) view.setUint16((wide ? 58 : 46) + 2 * i, value, true);
  bytes.set([1, 2, 3, 4, 5, 6, 7, 8], head);
  bytes.set(new TextEncoder().encode(names), head + 8);
  const sections = [
    [1, head, 8],
    [8, head + 8, names.length],
  ] as const;
  for (const [i, [name, offset, size]] of sections.entries()) {
    const at = table + i * entry;
    view.setUint32(at, name, true);
    word(at + (wide ? 24 : 16), offset);
    word(at + (wide ? 32 : 20), size);
  }
  return bytes;
}

test('a section of a 32-bit and of a 64-bit object file', () => {
  for (const wide of [false, true]) {
    assert.equal([...sectionOf(objectFile(wide), '.probe')], [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.throws(() => sectionOf(objectFile(wide), '.data'), /no section \.data/);
  }
  assert.throws(() => sectionOf(new Uint8Array(64), '.probe'), /not an ELF file/);
});

test.run();
