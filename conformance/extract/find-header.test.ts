import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../run/usage-error.ts';
import { findHeader, kernelRelease } from './find-header.ts';

const test = suite<{ root: string; include: string; file: string }>('find-header');

test.before.each(context => {
  context.root = realpathSync(mkdtempSync(join(tmpdir(), 'find-header-')));
  context.include = join(context.root, 'linux/include/uapi');
  mkdirSync(join(context.include, 'drm'), { recursive: true });
  mkdirSync(join(context.include, 'linux'));
  context.file = join(context.include, 'drm/newt_accel.h');
  writeFileSync(join(context.include, 'drm/drm.h'), '');
  writeFileSync(context.file, '#define NEWT 1\n');
});
test.after.each(({ root }) => rmSync(root, { recursive: true, force: true }));

function refused(run: () => unknown, sentence: RegExp): void {
  assert.throws(run, (error: Error) => error instanceof UsageError && sentence.test(error.message));
}

test('the include root should be the folder above that holds drm/drm.h', ({ include, file }) => {
  assert.equal(findHeader(file, undefined), {
    include,
    header: 'drm/newt_accel.h',
    text: '#define NEWT 1\n',
  });
});

test('a header from elsewhere should need --include, and then count as one of drm/', ({ root, include }) => {
  const file = join(root, 'newt_accel.h');
  writeFileSync(file, '');
  refused(
    () => findHeader(file, undefined),
    /no folder above .*newt_accel\.h holds drm\/drm\.h.*--include DIR/,
  );
  assert.is(findHeader(file, include).header, 'drm/newt_accel.h');
  refused(() => findHeader(file, root), /--include .* holds no drm\/drm\.h/);
});

test('what is no header should be refused', ({ root, include }) => {
  refused(() => findHeader(join(root, 'none.h'), undefined), /there is no file .*none\.h/);
  refused(() => findHeader(include, undefined), /is no file; name one header/);
  writeFileSync(join(include, 'drm/x.h'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0]));
  refused(() => findHeader(join(include, 'drm/x.h'), undefined), /is a binary file/);
});

test('the kernel release should be read from linux/version.h, else from the Makefile', ({
  root,
  include,
}) => {
  refused(() => kernelRelease(undefined, include), /no linux\/version\.h .*--kernel/);
  writeFileSync(
    join(root, 'linux/Makefile'),
    'VERSION = 7\nPATCHLEVEL = 4\nSUBLEVEL = 0\nEXTRAVERSION = -rc1\n',
  );
  assert.is(kernelRelease(undefined, include), '7.4.0');
  writeFileSync(join(include, 'linux/version.h'), '#define LINUX_VERSION_CODE 459524\n');
  assert.is(kernelRelease(undefined, include), '7.3.4');
  assert.is(kernelRelease('6.12', include), '6.12');
  refused(() => kernelRelease('new', include), /--kernel new is no kernel release/);
});

test.run();
