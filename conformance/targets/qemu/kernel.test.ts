import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { QemuError } from './errors.ts';
import { fetchKernel, type StockKernel } from './kernel.ts';

const path = process.env.PATH;
let cache = '';
test.before.each(() => {
  cache = mkdtempSync(join(tmpdir(), 'accel-uapi-test-'));
  // Neither apt nor anything else can be called.
  process.env.PATH = '/nonexistent';
});
test.after.each(() => {
  process.env.PATH = path;
  rmSync(cache, { recursive: true, force: true });
});

/** A kernel in the cache as a fetch leaves it. */
function warm(): string {
  const shelf = join(cache, 'kernels/arm64/newest-of-all');
  const directory = join(shelf, '7.3.4-1');
  mkdirSync(join(directory, 'modules'), { recursive: true });
  writeFileSync(join(directory, 'vmlinuz'), '');
  writeFileSync(join(directory, 'modules', 'ethosu.ko'), '');
  writeFileSync(join(directory, 'modules', 'modules.builtin'), 'kernel/drivers/virtio/virtio-ring.ko\n');
  const manifest = {
    package: 'linux-image-arm64',
    version: '7.3.4-1',
    release: '7.3.4+deb13-arm64',
    packages: [],
  };
  writeFileSync(join(directory, 'kernel.json'), JSON.stringify(manifest));
  symlinkSync('7.3.4-1', join(shelf, 'newest'));
  return directory;
}

const fetch = (refresh = false, wanted = ['ethosu', 'virtio_ring']): Promise<StockKernel | QemuError> =>
  fetchKernel({ architecture: 'arm64', wanted, cache, refresh }).catch((error: QemuError) => error);

test('a warm cache needs nothing else', async () => {
  const directory = warm();
  assert.equal(await fetch(), {
    package: 'linux-image-arm64',
    version: '7.3.4-1',
    release: '7.3.4+deb13-arm64',
    vmlinuz: join(directory, 'vmlinuz'),
    modules: join(directory, 'modules'),
  });
});

test('an empty cache, a damaged one, one without a wanted module and a refresh need apt', async () => {
  const needsApt = async (refresh = false, wanted?: string[]) => {
    const error = (await fetch(refresh, wanted)) as QemuError;
    assert.instance(error, QemuError);
    assert.is(error.kind, 'no-tool');
    assert.match(error.message, /^Fetching a kernel needs apt-get, /);
  };
  await needsApt();
  const directory = warm();
  await needsApt(true);
  await needsApt(false, ['ethosu', 'cuse']);
  rmSync(join(directory, 'vmlinuz'));
  await needsApt();
});

test.run();
