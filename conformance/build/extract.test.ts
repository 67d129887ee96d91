import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Facts } from '../../schemas/layout/index.ts';
import { packageRoot } from '../cli/version.ts';
import { exported } from '../extract/header.ts';
import { extractHeaders } from './extract.ts';
import { formerHeaders } from './former-headers.ts';

const test = suite<{ root: string; out: string }>('extract');
const options = { version: '1-1', kernel: '7.3.4' };

test.before.each(context => {
  context.root = mkdtempSync(join(tmpdir(), 'extract-'));
  context.out = join(context.root, 'out');
  mkdirSync(join(context.root, 'drm'));
  writeFileSync(
    join(context.root, 'drm', 'a.h'),
    '/* SPDX-License-Identifier: MIT */\n#include "b.h"\n#define A (B << 4)\n',
  );
  writeFileSync(join(context.root, 'drm', 'b.h'), '#define B 0x2UL\nstruct s { __u64 x[B]; };\n');
});

test.after.each(({ root }) => rmSync(root, { recursive: true, force: true }));

test('headers below the root are read with what they include', async ({ root, out }) => {
  const paths = await extractHeaders(root, { ...options, headers: ['drm/a.h', 'drm/b.h'] }, out);
  assert.equal(paths, [join(out, 'a.json'), join(out, 'b.json')]);
  const facts = JSON.parse(readFileSync(paths[0]!, 'utf8')) as Facts;
  assert.equal(
    [facts.header, facts.kernel, facts.source.version, facts.source.license],
    ['drm/a.h', '7.3.4', '1-1', 'MIT'],
  );
  assert.equal(facts.constants, [{ name: 'A', value: 32, line: 3 }]);
  assert.match(facts.source.sha256, /^[0-9a-f]{64}$/);
});

test('a second run writes the same bytes and leaves nothing else behind', async ({ root, out }) => {
  const run = async () => {
    const paths = await extractHeaders(root, { ...options, headers: ['drm/a.h', 'drm/b.h'] }, out);
    return paths.map(path => readFileSync(path, 'utf8'));
  };
  assert.equal(await run(), await run());
  assert.equal(readdirSync(out), ['a.json', 'b.json']);
});

test('one bad header leaves all facts as they were', async ({ root, out }) => {
  await extractHeaders(root, { ...options, headers: ['drm/b.h'] }, out);
  const before = readFileSync(join(out, 'b.json'), 'utf8');
  writeFileSync(join(root, 'drm', 'a.h'), '#if 1\n');
  writeFileSync(join(root, 'drm', 'b.h'), '#define B 3\n');
  for (const bad of ['drm/a.h', 'drm/missing.h']) {
    try {
      await extractHeaders(root, { ...options, headers: ['drm/b.h', bad] }, out);
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, bad);
    }
  }
  assert.is(readFileSync(join(out, 'b.json'), 'utf8'), before);
});

test("older releases give every item its since, and a header of theirs may be the kernel tree's own", async context => {
  const { root, out } = context;
  const older = join(root, 'older');
  mkdirSync(join(older, 'drm'), { recursive: true });
  writeFileSync(join(older, 'drm', 'b.h'), '#define B 0x2UL\nstruct s { char __user *x; };\n');
  writeFileSync(join(root, 'drm', 'b.h'), '#define B 0x2UL\nstruct s { char *x; __u64 y; };\n');
  const past = [{ release: '6.1', include: older, package: 'p', version: '6.1.9-1' }];
  const [a, b] = await extractHeaders(
    root,
    { ...options, headers: ['drm/a.h', 'drm/b.h'], older: past },
    out,
  );
  const facts = JSON.parse(readFileSync(b!, 'utf8')) as Facts;
  assert.equal(facts.releases, [
    { release: '6.1', header: 'drm/b.h', package: 'p', version: '6.1.9-1' },
    { release: '7.3', header: 'drm/b.h', package: 'linux-libc-dev', version: '1-1' },
  ]);
  assert.equal(
    facts.types[0]!.members.map(({ since }) => since),
    [undefined, '7.3'],
  );
  assert.equal(
    facts.changes?.map(({ name, what }) => `${name} ${what}`),
    ['s size'],
  );
  const fresh = JSON.parse(readFileSync(a!, 'utf8')) as Facts;
  assert.is(fresh.releases![0]!.header, null);
  assert.is(fresh.constants[0]!.since, '7.3');
});

test('an older include root that is no folder is one sentence', async ({ root, out }) => {
  const older = [{ release: '6.1', include: join(root, 'none') }];
  try {
    await extractHeaders(root, { ...options, headers: ['drm/a.h'], older }, out);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /none, the headers of 6\.1, is no folder; give RELEASE=DIR/);
  }
});

test('a header of the kernel tree loses the marks that no exported one has', () => {
  assert.is(
    exported('struct s {\n\tchar __user *p;\n\tvolatile int v;\n};\n#define A ((__force __poll_t)1)\n'),
    'struct s {\n\tchar  *p;\n\t__volatile__ int v;\n};\n#define A (( __poll_t)1)\n',
  );
  const text = 'int __user_data; __volatile__ int v;';
  assert.is(exported(text), text);
});

test('the facts know habanalabs by its former place, too', () => {
  assert.equal(formerHeaders(packageRoot()).get('drm/habanalabs_accel.h'), ['misc/habanalabs.h']);
});

test.run();
