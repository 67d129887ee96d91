import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writeTogether } from './write-together.ts';

const test = suite<{ root: string }>('write-together');
test.before.each(context => {
  context.root = mkdtempSync(join(tmpdir(), 'write-together-'));
});
test.after.each(({ root }) => rmSync(root, { recursive: true, force: true }));

test('all files should be written, folders made, and nothing left beside them', ({ root }) => {
  writeFileSync(join(root, 'a'), 'old');
  writeTogether([
    { path: join(root, 'a'), text: 'new' },
    { path: join(root, 'b/c/d'), text: 'd' },
  ]);
  assert.is(readFileSync(join(root, 'a'), 'utf8'), 'new');
  assert.equal(readdirSync(root).sort(), ['a', 'b']);
  assert.equal(readdirSync(join(root, 'b/c')), ['d']);
});

test('a failure should leave everything as it was', ({ root }) => {
  writeFileSync(join(root, 'a'), 'old');
  // A folder cannot be replaced by a file: the last rename fails, when the others are done.
  mkdirSync(join(root, 'z/full'), { recursive: true });
  assert.throws(() =>
    writeTogether([
      { path: join(root, 'a'), text: 'new' },
      { path: join(root, 'b/c'), text: 'c' },
      { path: join(root, 'z'), text: 'z' },
    ]),
  );
  assert.is(readFileSync(join(root, 'a'), 'utf8'), 'old');
  assert.not.ok(existsSync(join(root, 'b')));
  assert.equal(readdirSync(root).sort(), ['a', 'z']);
});

test.run();
