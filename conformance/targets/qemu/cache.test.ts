import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cacheRoot, makeScratch, publishDirectory, publishLink, removeStaleScratch } from './cache.ts';

let root = '';
test.before.each(() => {
  root = mkdtempSync(join(tmpdir(), 'accel-uapi-test-'));
});
test.after.each(() => rmSync(root, { recursive: true, force: true }));

test('the cache lies where XDG says, or in the home directory', () => {
  assert.is(cacheRoot({ XDG_CACHE_HOME: '/somewhere' }), '/somewhere/accel-uapi');
  assert.match(cacheRoot({}), /\/\.cache\/accel-uapi$/);
  assert.match(cacheRoot({ XDG_CACHE_HOME: 'relative' }), /\/\.cache\/accel-uapi$/);
});

function made(name: string, content: string): string {
  const directory = join(root, name);
  mkdirSync(directory);
  writeFileSync(join(directory, 'file'), content);
  return directory;
}

test('of two that publish the same name the first stays whole and the second leaves nothing', () => {
  const final = join(root, 'shelf', 'final');
  publishDirectory(made('one', 'first'), final);
  publishDirectory(made('two', 'second'), final);
  assert.is(readFileSync(join(final, 'file'), 'utf8'), 'first');
  assert.equal(readdirSync(root), ['shelf']);
});

test('a link is replaced', () => {
  const link = join(root, 'newest');
  publishLink('a', link);
  publishLink('b', link);
  assert.is(readlinkSync(link), 'b');
  assert.equal(readdirSync(root), ['newest']);
});

test('scratch of dead processes is removed, that of living ones is not', () => {
  const ours = makeScratch(root, 'fetch');
  // Above the largest process number of Linux (PID_MAX_LIMIT, 2^22): such a process never lives.
  const dead = made('fetch-4194305-abc', '');
  const other = made('7.3.4', '');
  removeStaleScratch(root, 'fetch');
  assert.equal([ours.path, dead, other].map(existsSync), [true, false, true]);
  ours.remove();
  assert.not.ok(existsSync(ours.path));
});

test.run();
