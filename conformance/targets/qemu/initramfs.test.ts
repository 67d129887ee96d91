import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeInitramfs } from './initramfs.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

test('init is executable and the list keeps the order of loading', () => {
  const modules = ['drm', 'gpu_sched', 'ethosu'].map(name => ({
    name,
    data: new TextEncoder().encode(`ko ${name}`),
  }));
  const archive = text(makeInitramfs({ init: new TextEncoder().encode('program'), modules }));
  assert.match(archive, '/modules/drm.ko\n/modules/gpu_sched.ko\n/modules/ethosu.ko\n');
  for (const { name } of modules) assert.match(archive, `ko ${name}`);
  // The header of a member: magic, inode, then the mode: a regular file with permissions 0755.
  const header = archive.lastIndexOf('070701', archive.indexOf('init\0'));
  assert.is(Number.parseInt(archive.slice(header + 14, header + 22), 16), 0o100755);
});

test('directories come before what they hold', () => {
  const archive = text(
    makeInitramfs({ init: new Uint8Array(1), modules: [{ name: 'drm', data: new Uint8Array(1) }] }),
  );
  assert.ok(archive.indexOf('dev\0') < archive.indexOf('dev/console\0'));
  assert.ok(archive.indexOf('modules\0') < archive.indexOf('modules/drm.ko\0'));
});

test('every folder above a file is there once, before it', () => {
  const data = new TextEncoder().encode('content');
  const files = ['app/lib/one.js', 'app/lib/two.js'].map(name => ({
    name,
    data,
    executable: name.includes('two'),
  }));
  const archive = text(makeInitramfs({ init: new Uint8Array(1), modules: [], files }));
  for (const name of ['app', 'app/lib', 'app/lib/one.js', 'app/lib/two.js'])
    assert.is(archive.split(`${name}\0`).length, 2, name);
  assert.ok(archive.indexOf('app\0') < archive.indexOf('app/lib\0'));
  assert.ok(archive.indexOf('app/lib\0') < archive.indexOf('app/lib/one.js\0'));
});

test.run();
