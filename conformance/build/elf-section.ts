/** A little-endian object file that cannot be read; the message says what is wrong with it. */
export class ElfError extends Error {}

interface Section {
  readonly name: number;
  readonly offset: number;
  readonly size: number;
}

/** The bytes of a section of a little-endian ELF file of either class. Throws {@link ElfError}. */
export function sectionOf(file: Uint8Array, name: string): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 52 || view.getUint32(0) !== 0x7f454c46) throw new ElfError('not an ELF file');
  if (file[5] !== 1) throw new ElfError('not a little-endian ELF file');
  const wide = file[4] === 2;
  const word = (at: number): number =>
    wide ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true);
  // Offsets of e_shoff, e_shentsize and of the section header fields, from the ELF specification.
  const table = word(wide ? 40 : 32);
  const entry = view.getUint16(wide ? 58 : 46, true);
  const count = view.getUint16(wide ? 60 : 48, true);
  const names = view.getUint16(wide ? 62 : 50, true);
  const section = (index: number): Section => {
    const at = table + index * entry;
    return {
      name: view.getUint32(at, true),
      offset: word(at + (wide ? 24 : 16)),
      size: word(at + (wide ? 32 : 20)),
    };
  };
  const strings = section(names).offset;
  for (let i = 0; i < count; i++) {
    const { name: at, offset, size } = section(i);
    const end = file.indexOf(0, strings + at);
    if (new TextDecoder().decode(file.subarray(strings + at, end)) === name)
      return file.subarray(offset, offset + size);
  }
  throw new ElfError(`no section ${name}`);
}
