import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { moduleName, readModuleInfo } from './modinfo.ts';

/** A 64-bit little-endian ELF object with sections of the given names and contents. */
function elf(sections: Record<string, string>): Uint8Array {
  const named = { '': '', ...sections, '.shstrtab': '' };
  const names = Object.keys(named).join('\0').concat('\0');
  named['.shstrtab'] = names;
  const bodies = Object.values(named).map(text => Buffer.from(text, 'latin1'));
  const table = 64 + bodies.reduce((size, body) => size + body.length, 0);
  const file = Buffer.alloc(table + bodies.length * 64);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeBigUInt64LE(BigInt(table), 40);
  file.writeUInt16LE(bodies.length, 60);
  file.writeUInt16LE(bodies.length - 1, 62);
  let at = 64;
  let name = 0;
  for (const [index, key] of Object.keys(named).entries()) {
    const header = table + index * 64;
    file.writeUInt32LE(name, header);
    file.writeBigUInt64LE(BigInt(at), header + 24);
    file.writeBigUInt64LE(BigInt(bodies[index]!.length), header + 32);
    bodies[index]!.copy(file, at);
    at += bodies[index]!.length;
    name += key.length + 1;
  }
  return file;
}

const modinfo = (...pairs: string[]) => elf({ '.text': 'code', '.modinfo': pairs.join('\0').concat('\0') });

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
