/** What a kernel module file says of itself in its `.modinfo` section. */
export interface ModuleInfo {
  /** Name as /proc/modules shows it, with underscores. */
  readonly name: string;
  /** Kernel release and flags it was built for, `uname -r` first. */
  readonly vermagic: string;
  /** Hash of the sources, where the kernel was built with one; else empty. */
  readonly srcversion: string;
  /** Modules that must be loaded before it. */
  readonly depends: readonly string[];
  /** Modules that should be loaded before it when they exist (`softdep: pre:`). */
  readonly softPre: readonly string[];
}

const ELF64 = 2;
const LITTLE_ENDIAN = 1;
const SECTION_HEADER_SIZE = 64;

/** Modules are named with `-` or `_` alike; the kernel shows `_`. */
export function moduleName(name: string): string {
  return name.replaceAll('-', '_');
}

/** Bytes of the section `wanted` of a 64-bit little-endian ELF object; undefined when there is none. */
function section(elf: Uint8Array, wanted: string): Uint8Array | undefined {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const magic = elf.length >= 64 ? view.getUint32(0) : 0;
  if (magic !== 0x7f454c46 || elf[4] !== ELF64 || elf[5] !== LITTLE_ENDIAN) {
    throw new Error('not a 64-bit little-endian ELF file');
  }
  const table = Number(view.getBigUint64(40, true));
  const count = view.getUint16(60, true);
  const headers = Array.from({ length: count }, (_, index) => {
    const at = table + index * SECTION_HEADER_SIZE;
    const offset = Number(view.getBigUint64(at + 24, true));
    const size = Number(view.getBigUint64(at + 32, true));
    return { name: view.getUint32(at, true), offset, size };
  });
  const strings = headers[view.getUint16(62, true)];
  if (strings === undefined) return undefined;
  const names = new TextDecoder('latin1').decode(elf.subarray(strings.offset, strings.offset + strings.size));
  const found = headers.find(({ name }) => names.slice(name, names.indexOf('\0', name)) === wanted);
  return found && elf.subarray(found.offset, found.offset + found.size);
}

function list(text: string, separator: RegExp): string[] {
  return text
    .split(separator)
    .filter(name => name !== '')
    .map(moduleName);
}

/** Reads `.modinfo`. Throws an Error with one sentence when the bytes are not a kernel module. */
export function readModuleInfo(ko: Uint8Array): ModuleInfo {
  let modinfo: Uint8Array | undefined;
  try {
    modinfo = section(ko, '.modinfo');
  } catch (error) {
    throw new Error(error instanceof RangeError ? 'a truncated ELF file' : (error as Error).message);
  }
  if (modinfo === undefined) throw new Error('an ELF file without a .modinfo section');
  const pairs = new TextDecoder().decode(modinfo).split('\0');
  const values = (key: string) =>
    pairs.filter(pair => pair.startsWith(`${key}=`)).map(pair => pair.slice(key.length + 1));
  const first = (key: string) => values(key)[0] ?? '';
  const softPre = values('softdep').flatMap(text => {
    const pre = /\bpre:([^:]*?)(?=\bpost:|$)/.exec(text)?.[1] ?? '';
    return list(pre, /\s+/);
  });
  return {
    name: moduleName(first('name')),
    vermagic: first('vermagic'),
    srcversion: first('srcversion'),
    depends: list(first('depends'), /,/),
    softPre,
  };
}
