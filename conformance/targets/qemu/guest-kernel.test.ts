import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { architectures } from './architecture.ts';
import { QemuError } from './errors.ts';
import { fakeModule } from './fake-module.test.helper.ts';
import { findGuestKernel, type KernelOptions } from './guest-kernel.ts';

let root = '';
test.before.each(() => {
  root = mkdtempSync(join(tmpdir(), 'accel-uapi-test-'));
});
test.after.each(() => rmSync(root, { recursive: true, force: true }));

/** A plain arm64 image as far as its signature goes. */
function image(name: string): string {
  const bytes = Buffer.alloc(64);
  bytes.write('ARM\x64', 56, 'latin1');
  writeFileSync(join(root, name), bytes);
  return join(root, name);
}

/** A packaged kernel: image, ethosu (compressed) that needs gpu-sched, which needs the built-in drm. */
function packaged(): { kernel: string; directory: string } {
  const directory = join(root, '7.3.4');
  mkdirSync(join(directory, 'kernel/drivers'), { recursive: true });
  const at = (name: string) => join(directory, 'kernel/drivers', name);
  writeFileSync(at('ethosu.ko.gz'), gzipSync(fakeModule('name=ethosu', 'depends=gpu-sched')));
  writeFileSync(at('gpu-sched.ko'), fakeModule('name=gpu_sched', 'depends=drm'));
  writeFileSync(join(directory, 'modules.builtin'), 'kernel/drivers/gpu/drm/drm.ko\n');
  return { kernel: image('7.3.4/vmlinuz'), directory };
}

async function refusal(options: KernelOptions): Promise<QemuError> {
  try {
    await findGuestKernel(architectures.arm64, ['ethosu'], options);
  } catch (error) {
    assert.instance(error, QemuError);
    return error as QemuError;
  }
  throw new Error('nothing was refused');
}

test('modules beside a packaged kernel are found with what they need', async () => {
  const { kernel } = packaged();
  const found = await findGuestKernel(architectures.arm64, ['ethosu'], { kernel });
  assert.equal(
    found.modules.map(({ name }) => name),
    ['gpu_sched', 'ethosu'],
  );
  assert.is(found.origin, kernel);
  assert.equal(
    found.identities.map(({ own }) => own),
    [false, false],
  );
});

test("the user's module takes the place of the one of that name", async () => {
  const { kernel, directory } = packaged();
  const own = join(root, 'build-of-mine.ko');
  writeFileSync(own, fakeModule('name=ethosu', 'depends='));
  const found = await findGuestKernel(architectures.arm64, ['ethosu'], { kernel, modules: [own, directory] });
  assert.equal(
    found.identities.map(({ name, own }) => [name, own]),
    [['ethosu', true]],
  );
  assert.is(found.modules[0]!.path, own);
});

test('a kernel alone may have everything built in', async () => {
  const found = await findGuestKernel(architectures.arm64, ['ethosu'], { kernel: image('Image') });
  assert.equal(found.modules, []);
});

test('what is missing is named, with where it was looked for', async () => {
  const { kernel, directory } = packaged();
  rmSync(join(directory, 'kernel/drivers/gpu-sched.ko'));
  const error = await refusal({ kernel });
  assert.is(error.kind, 'no-module');
  assert.match(error.message, `There is no module gpu_sched, which ethosu needs in ${directory}`);
});

test('files that are no kernel and no module are refused before anything starts', async () => {
  const text = join(root, 'text');
  writeFileSync(text, 'text');
  assert.is((await refusal({ kernel: text })).message.split(':')[0], `${text} is not an arm64 kernel image`);
  assert.is((await refusal({ kernel: join(root, 'gone') })).kind, 'no-kernel');
  const kernel = image('Image');
  const wrong = await refusal({ kernel, modules: [text] });
  assert.is(wrong.kind, 'no-module');
  assert.match(wrong.message, `${text} is not a kernel module`);
  assert.match((await refusal({ kernel, modules: [join(root, 'gone.ko')] })).message, 'There is no module');
  assert.match((await refusal({ kernel, modules: [root, tmpdir()] })).message, 'Only one directory');
});

test.run();
