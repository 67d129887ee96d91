import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { elf, fakeModule as modinfo } from './fake-module.test.helper.ts';
import { moduleName, readModuleInfo } from './modinfo.ts';

test('names, dependencies and versions', () => {
  const info = readModuleInfo(
    modinfo(
      'license=GPL',
      'depends=drm_dma_helper,gpu-sched,drm',
      'srcversion=ABC',
      'name=ethosu',
      'vermagic=7.3.4 SMP',
    ),
  );
  assert.equal(info, {
    name: 'ethosu',
    vermagic: '7.3.4 SMP',
    srcversion: 'ABC',
    depends: ['drm_dma_helper', 'gpu_sched', 'drm'],
    softPre: [],
  });
});

test('an empty depends is no dependency', () => {
  assert.equal(readModuleInfo(modinfo('depends=', 'name=drm')).depends, []);
});

test('soft dependencies before, not after', () => {
  const info = readModuleInfo(
    modinfo('softdep=pre: crc32c a-b post: later', 'softdep=post: x pre: y', 'name=m'),
  );
  assert.equal(info.softPre, ['crc32c', 'a_b', 'y']);
});

test('a section is found by its whole name', () => {
  const info = readModuleInfo(elf({ 'x.modinfo': 'name=wrong\0', '.modinfo': 'name=right\0' }));
  assert.is(info.name, 'right');
});

test('other files are refused in words', () => {
  assert.throws(() => readModuleInfo(new Uint8Array(10)), /not a 64-bit little-endian ELF file/);
  assert.throws(() => readModuleInfo(elf({ '.text': 'code' })), /without a \.modinfo section/);
  const cut = modinfo('name=drm').subarray(0, 100);
  assert.throws(() => readModuleInfo(cut), /a truncated ELF file/);
});

test('module names', () => {
  assert.is(moduleName('gpu-sched'), 'gpu_sched');
});

test.run();
