import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { composite, int, writeBtf } from './btf.test.helper.ts';
import { findBtf, kernelBtf, payload } from './kernel-image.ts';

const BTF = writeBtf([int('unsigned int', 4), composite('STRUCT', 's', 4, ['x', 1, 0])]);

/** A plain image: noise, something that only begins like BTF, and BTF. */
function plainImage(): Uint8Array {
  const image = new Uint8Array(4096).fill(0x9f);
  image.set([0x9f, 0xeb, 1, 0, 24, 0, 0, 0], 100);
  image.set(BTF, 1001);
  return image;
}

/** An x86 image: two sectors of setup, some code, the payload and its size. */
function x86Image(inside: Uint8Array): Uint8Array {
  const [sectors, code] = [1, 64];
  const start = (sectors + 1) * 512 + code;
  const image = new Uint8Array(start + inside.length + 4 + 32);
  const view = new DataView(image.buffer);
  image[0x1f1] = sectors;
  image.set(new TextEncoder().encode('HdrS'), 0x202);
  view.setUint32(0x248, code, true);
  view.setUint32(0x24c, inside.length + 4, true);
  image.set(inside, start);
  return image;
}

test('BTF amid a plain image is found by its header', () => {
  assert.equal(findBtf(plainImage()), BTF);
  assert.throws(
    () => findBtf(new Uint8Array(4096)),
    /holds no BTF: the kernel was built without CONFIG_DEBUG_INFO_BTF/,
  );
});

test('the payload of an x86 image, without the size at its end; any other image is its own', () => {
  const inside = Uint8Array.of(1, 2, 3);
  assert.equal(payload(x86Image(inside)), inside);
  const plain = plainImage();
  assert.is(payload(plain), plain);
});

test('the image is unpacked first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-image-'));
  try {
    for (const image of [plainImage(), gzipSync(plainImage()), x86Image(gzipSync(plainImage()))]) {
      writeFileSync(join(folder, 'vmlinuz'), image);
      assert.equal([...(await kernelBtf(join(folder, 'vmlinuz'), folder))], [...BTF]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
