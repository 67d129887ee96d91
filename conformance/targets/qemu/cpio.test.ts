import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CpioEntry, cpio } from './cpio.ts';

const entries: CpioEntry[] = [
  { type: 'directory', name: 'dev' },
  { type: 'character device', name: 'dev/console', major: 5, minor: 1 },
  { type: 'file', name: 'init', permissions: 0o755, data: new TextEncoder().encode('hello') },
  { type: 'file', name: 'empty', data: new Uint8Array(0) },
];

/** Reads an archive by the format's own description, independently of the writer. */
function members(archive: Uint8Array): { name: string; fields: number[]; data: string }[] {
  const text = Buffer.from(archive).toString('latin1');
  const found = [];
  for (let at = 0; at < text.length; ) {
    assert.is(text.slice(at, at + 6), '070701', `magic at ${at}`);
    const fields = Array.from({ length: 13 }, (_, i) =>
      Number.parseInt(text.slice(at + 6 + i * 8, at + 14 + i * 8), 16),
    );
    const [size, nameSize] = [fields[6]!, fields[11]!];
    const name = text.slice(at + 110, at + 110 + nameSize);
    const start = (at + 110 + nameSize + 3) & ~3;
    found.push({ name, fields, data: text.slice(start, start + size) });
    at = (start + size + 3) & ~3;
  }
  return found;
}

test('every member has its type, permissions and data', () => {
  const found = members(cpio(entries));
  assert.equal(
    found.map(({ name }) => name),
    ['dev\0', 'dev/console\0', 'init\0', 'empty\0', 'TRAILER!!!\0'],
  );
  assert.equal(
    found.map(({ fields }) => fields[1]!.toString(8)),
    ['40755', '20600', '100755', '100644', '0'],
  );
  assert.equal([found[1]!.fields[9], found[1]!.fields[10]], [5, 1], 'device numbers');
  assert.is(found[2]!.data, 'hello');
  assert.is(found[3]!.data, '');
});

test('inode numbers differ, or files would be taken for hard links', () => {
  const inodes = members(cpio(entries)).map(({ fields }) => fields[0]);
  assert.is(new Set(inodes.slice(0, -1)).size, entries.length);
});

test('the same entries give the same bytes', () => {
  assert.equal(cpio(entries), cpio(entries));
});

test('cpio(1) lists what was written, where it is installed', () => {
  if (spawnSync('cpio', ['--version']).error !== undefined) return;
  const listed = execFileSync('cpio', ['-t'], { input: cpio(entries), stdio: ['pipe', 'pipe', 'ignore'] });
  assert.is(listed.toString(), 'dev\ndev/console\ninit\nempty\n');
});

test.run();
