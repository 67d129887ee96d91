import { KIND } from './read-btf.ts';

/** A type as a test writes it; `parts` are the numbers behind it, a string standing for its place among the strings. */
export interface Written {
  readonly kind: keyof typeof KIND;
  readonly name?: string;
  readonly flag?: boolean;
  readonly length?: number;
  readonly sizeOrType?: number;
  readonly parts?: readonly (number | string)[];
}

/** Struct or union of members `[name, type, offset in bits]`. */
export function composite(
  kind: 'STRUCT' | 'UNION',
  name: string,
  size: number,
  ...members: readonly (readonly [string, number, number])[]
): Written {
  return { kind, name, sizeOrType: size, length: members.length, parts: members.flat() };
}

/** A BTF section with these types, whose strings come behind `before` bytes of the base's. */
export function writeBtf(types: readonly Written[], { before = 0, header = 24 } = {}): Uint8Array {
  // The empty string is the first of the kernel's, and a module has it from there.
  let strings = before > 0 ? '' : '\0';
  const offset = (text: string): number => {
    if (text === '') return 0;
    const at = strings.length + before;
    strings += `${text}\0`;
    return at;
  };
  const words = types.flatMap(({ kind, name = '', flag = false, length = 0, sizeOrType = 0, parts = [] }) => [
    offset(name),
    ((flag ? 0x80000000 : 0) | (KIND[kind] << 24) | length) >>> 0,
    sizeOrType,
    ...parts.map(part => (typeof part === 'string' ? offset(part) : part >>> 0)),
  ]);
  const bytes = new Uint8Array(header + words.length * 4 + strings.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, true);
  view.setUint8(2, 1);
  for (const [i, value] of [header, 0, words.length * 4, words.length * 4, strings.length].entries())
    view.setUint32(4 + 4 * i, value, true);
  for (const [i, word] of words.entries()) view.setUint32(header + 4 * i, word, true);
  bytes.set(new TextEncoder().encode(strings), header + words.length * 4);
  return bytes;
}

export const int = (name: string, size: number): Written => ({
  kind: 'INT',
  name,
  sizeOrType: size,
  parts: [size * 8],
});
