import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../run/usage-error.ts';
import { neighbours, placeOfHeader, readLoneHeader } from './lone-header.ts';
import { createParser } from './parser.ts';

const parser = await createParser();
const test = suite<{ root: string }>('lone-header');
test.before.each(context => {
  context.root = mkdtempSync(join(tmpdir(), 'lone-header-'));
  mkdirSync(join(context.root, 'drm'));
});
test.after.each(({ root }) => rmSync(root, { recursive: true, force: true }));

const NEWT = '#include "drm.h"\n#define DRM_IOCTL_NEWT DRM_IO(DRM_COMMAND_BASE + 2)\n';

test('a header should stand below its include root, or count as one of drm/', ({ root }) => {
  assert.equal(placeOfHeader(join(root, 'drm/newt.h')), { root, header: 'drm/newt.h' });
  assert.equal(placeOfHeader(join(root, 'newt.h')), { root, header: 'drm/newt.h' });
});

test('a header without a drm.h should still have its requests', ({ root }) => {
  const path = join(root, 'newt.h');
  writeFileSync(path, NEWT);
  const [ioctl] = readLoneHeader(path, parser).facts.ioctls;
  assert.is(ioctl?.number, 0x42);
});

test('marks of the kernel tree should not hide a member, and the text should stay as it is', ({ root }) => {
  const path = join(root, 'drm/newt.h');
  const text = 'struct newt {\n\t__u32 __user *p;\n};\n';
  writeFileSync(path, text);
  const read = readLoneHeader(path, parser);
  assert.equal(read.facts.types[0]?.members[0]?.type, { pointer: '__u32' });
  assert.is(read.text, text);
});

test('headers that lie beside should be found once, without the ones themselves', ({ root }) => {
  for (const name of ['a.h', 'b.h', 'drm.h']) writeFileSync(join(root, 'drm', name), '');
  const paths = ['a.h', 'b.h'].map(name => join(root, 'drm', name));
  assert.equal(neighbours(paths, ['drm/drm.h', 'drm/a.h', 'drm/none.h']), [join(root, 'drm/drm.h')]);
});

test('what cannot be read should be one sentence', ({ root }) => {
  const path = join(root, 'newt.h');
  assert.throws(
    () => readLoneHeader(path, parser),
    (error: Error) => error instanceof UsageError && /there is no file/.test(error.message),
  );
});

test.run();
