/** A 64-bit little-endian ELF object with sections of the given names and contents. */
export function elf(sections: Record<string, string>): Uint8Array {
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

/** A kernel module with nothing but its `.modinfo`, which holds pairs like `depends=drm`. */
export function fakeModule(...pairs: string[]): Uint8Array {
  return elf({ '.text': 'code', '.modinfo': pairs.join('\0').concat('\0') });
}
