/** The kernel's own types, out of its compressed image. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { requireTools, runTool, type Tool } from '../../targets/qemu/index.ts';
import { ElfError, sectionOf } from '../elf-section.ts';
import { BtfError, MAGIC, SHORTEST_HEADER } from './read-btf.ts';

/** Offsets in the header of an x86 image (Documentation/arch/x86/boot.rst). */
const X86 = { magic: 0x202, setupSectors: 0x1f1, payloadOffset: 0x248, payloadLength: 0x24c } as const;
const X86_MAGIC = 0x53726448;
const SECTOR = 512;

const COMPRESSED: readonly {
  readonly magic: readonly number[];
  readonly suffix: string;
  readonly tool?: Tool;
}[] = [
  { magic: [0x1f, 0x8b], suffix: '.gz' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], suffix: '.zst', tool: 'zstd' },
  { magic: [0xfd, 0x37, 0x7a, 0x58], suffix: '.xz', tool: 'xz' },
];

/** What an x86 image carries, without the length that ends it; any other image as it is. */
export function payload(image: Uint8Array): Uint8Array {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (image.length < X86.payloadLength + 4 || view.getUint32(X86.magic, true) !== X86_MAGIC) return image;
  const start =
    ((view.getUint8(X86.setupSectors) || 4) + 1) * SECTOR + view.getUint32(X86.payloadOffset, true);
  // The last four bytes are the size of what was compressed (arch/x86/boot/compressed/vmlinux.lds.S).
  return image.subarray(start, start + view.getUint32(X86.payloadLength, true) - 4);
}

/** Decompresses by the magic at the start; what has none is plain. Works in `folder`: the result may be 100 MB. */
async function decompress(data: Uint8Array, folder: string): Promise<Uint8Array> {
  const kind = COMPRESSED.find(({ magic }) => magic.every((byte, at) => data[at] === byte));
  if (!kind) return data;
  if (!kind.tool) return gunzipSync(data);
  requireTools([kind.tool], 'Unpacking the kernel image');
  const file = join(folder, `image${kind.suffix}`);
  writeFileSync(file, data);
  await runTool(kind.tool, ['-d', '-q', '-k', '-f', file]);
  return readFileSync(join(folder, 'image'));
}

/** BTF amid a plain image, which has no table of sections: by its header, whose numbers must fit together. */
export function findBtf(image: Uint8Array): Uint8Array {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const [first, second] = [MAGIC & 0xff, MAGIC >>> 8];
  for (let at = image.indexOf(first); at >= 0; at = image.indexOf(first, at + 1)) {
    if (image[at + 1] !== second || at + SHORTEST_HEADER > image.length) continue;
    const [header, types, typeBytes, strings, stringBytes] = [4, 8, 12, 16, 20].map(each =>
      view.getUint32(at + each, true),
    ) as [number, number, number, number, number];
    const end = at + header + strings + stringBytes;
    // Strings follow the types and begin with the empty one.
    const fits = types === 0 && typeBytes > 0 && strings === typeBytes && end <= image.length;
    if (header >= SHORTEST_HEADER && fits && image[at + header + strings] === 0)
      return image.subarray(at, end);
  }
  throw new BtfError('the kernel image holds no BTF: the kernel was built without CONFIG_DEBUG_INFO_BTF');
}

/** The BTF of a kernel image as a distribution ships it: x86's compressed one, or an arm64 `Image`. */
export async function kernelBtf(path: string, folder: string): Promise<Uint8Array> {
  const image = await decompress(payload(readFileSync(path)), folder);
  try {
    return sectionOf(image, '.BTF');
  } catch (error) {
    if (!(error instanceof ElfError)) throw error;
    return findBtf(image);
  }
}
