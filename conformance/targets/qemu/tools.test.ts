import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { QemuError } from './errors.ts';
import { lastWords, missingTools, requireTools } from './tools.ts';

let bin = '';
test.before.each(() => {
  bin = mkdtempSync(join(tmpdir(), 'accel-uapi-test-'));
});
test.after.each(() => rmSync(bin, { recursive: true, force: true }));

function install(name: string, mode = 0o755): void {
  writeFileSync(join(bin, name), '');
  chmodSync(join(bin, name), mode);
}

function refusal(...args: Parameters<typeof requireTools>): QemuError {
  try {
    requireTools(...args);
  } catch (error) {
    return error as QemuError;
  }
  throw new Error('nothing was refused');
}

test('a program must be a file that can be run', () => {
  install('xz');
  mkdirSync(join(bin, 'dpkg'));
  install('fdtput', 0o644);
  assert.equal(missingTools(['xz', 'dpkg', 'fdtput', 'setpriv'], `/nonexistent:${bin}:`), [
    'dpkg',
    'fdtput',
    'setpriv',
  ]);
});

test('one sentence names all that is missing, and each package once', () => {
  install('xz');
  const error = refusal(['qemu-system-aarch64', 'fdtput', 'fdtget', 'xz'], 'qemu:ethosu', bin);
  assert.instance(error, QemuError);
  assert.is(error.kind, 'no-qemu');
  assert.is(
    error.message,
    'qemu:ethosu needs qemu-system-aarch64, fdtput, fdtget, which are not in PATH: on Debian, apt-get install qemu-system-arm device-tree-compiler.',
  );
  assert.is(refusal(['aarch64-linux-gnu-gcc'], 'x', bin).kind, 'no-compiler');
  assert.is(refusal(['setpriv'], 'x', bin).kind, 'no-tool');
});

test('nothing is said when nothing is missing', () => {
  install('xz');
  requireTools(['xz'], 'x', bin);
});

test("apt's first error counts most, then its first warning, and its summary never", () => {
  const summary = 'E: Some index files failed to download. They have been ignored, or old ones used instead.';
  assert.is(lastWords('W: ignored\nE: not signed\nE: later\n'), 'not signed');
  assert.is(lastWords(`W: Failed to fetch x\nW: more\n${summary}\n`), 'Failed to fetch x');
  assert.is(lastWords('one\ntwo\n'), 'two');
  assert.is(lastWords(''), '');
});

test.run();
