import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  exactClosure,
  exactDependencies,
  newestFirst,
  type PackageRecord,
  parsePackages,
} from './packages.ts';

const shown = `Package: linux-image-arm64
Source: linux-signed-arm64 (7.3.4+1~bpo13+1)
Version: 7.3.4-1~bpo13+1
Architecture: arm64
Depends: linux-base-arm64 (= 7.3.4-1~bpo13+1),
 linux-image-7.3.4+deb13-arm64 (= 7.3.4-1~bpo13+1)
Description-en: Linux for 64-bit machines
 Version: 1 in a description is no field
Size: 1460
SHA256: 48ba

Package: linux-image-arm64
Version: 6.12.117-1
Architecture: arm64
Size: 1400
SHA256: 17aa

N: a note of apt
`;

test('stanzas are read with continued fields', () => {
  const [newer, older, ...more] = parsePackages(shown);
  assert.equal(newer, {
    name: 'linux-image-arm64',
    version: '7.3.4-1~bpo13+1',
    architecture: 'arm64',
    depends: 'linux-base-arm64 (= 7.3.4-1~bpo13+1),\nlinux-image-7.3.4+deb13-arm64 (= 7.3.4-1~bpo13+1)',
    size: 1460,
    sha256: '48ba',
  });
  assert.is(older?.version, '6.12.117-1');
  assert.is(older?.depends, '');
  assert.equal(more, []);
});

test('only exact relations to kernel packages count', () => {
  const depends =
    'dracut | initramfs-tools (>= 0.120) | linux-initramfs-tool, linux-base (>= 4.17~), kmod, ' +
    'linux-binary-7.3.4 (= 7.3.4-1), linux-modules-7.3.4:arm64 (= 7.3.4-1), other (= 1)';
  assert.equal(exactDependencies(depends), [
    { name: 'linux-binary-7.3.4', version: '7.3.4-1' },
    { name: 'linux-modules-7.3.4', version: '7.3.4-1' },
  ]);
});

const record = (name: string, version: string, ...depends: string[]): PackageRecord => ({
  name,
  version,
  architecture: 'arm64',
  depends: depends.map(other => `${other} (= ${version})`).join(', '),
  size: 1,
  sha256: '',
});

test('the closure follows exact relations, each package once and of the right version', async () => {
  const index = [
    record('linux-image-9', '9', 'linux-base-9', 'linux-modules-9'),
    record('linux-base-9', '9', 'linux-modules-9'),
    record('linux-modules-9', '8'),
    record('linux-modules-9', '9'),
  ];
  const root = record('linux-image', '9', 'linux-image-9', 'linux-base-9');
  const closure = await exactClosure(root, async () => index);
  assert.equal(
    closure.map(({ name, version }) => `${name}=${version}`),
    ['linux-image=9', 'linux-image-9=9', 'linux-base-9=9', 'linux-modules-9=9'],
  );
});

test('a package that the index lacks is named', async () => {
  let message = '';
  await exactClosure(record('linux-image', '9', 'linux-gone'), async () => []).catch((error: Error) => {
    message = error.message;
  });
  assert.is(message, 'linux-gone 9 is not in the package index');
});

test('versions are sorted by the given order, each once', async () => {
  // 1.10 is newer than 1.9 for dpkg, not for a comparison of texts.
  const isNewer = async (a: string, b: string) => Number(a.split('.')[1]) > Number(b.split('.')[1]);
  assert.equal(await newestFirst(['1.9', '1.10', '1.2', '1.9'], isNewer), ['1.10', '1.9', '1.2']);
  assert.equal(await newestFirst([], isNewer), []);
});

test.run();
