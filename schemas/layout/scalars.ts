import type { Abi } from './abi.ts';

/** How a scalar is stored. `align` is its alignment inside a struct, in bytes. */
export interface Scalar {
  readonly bytes: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  readonly align: number;
}

type Width = Scalar['bytes'] | 'long';

/** Names of fixed meaning: <linux/types.h>, <asm-generic/int-ll64.h>, <stdint.h>, <asm-generic/posix_types.h>. */
const NAMED: Readonly<Record<string, readonly [Width, signed: boolean, align?: 8]>> = {
  __u8: [1, false],
  __s8: [1, true],
  __u16: [2, false],
  __s16: [2, true],
  __u32: [4, false],
  __s32: [4, true],
  __u64: [8, false],
  __s64: [8, true],
  __le16: [2, false],
  __be16: [2, false],
  __le32: [4, false],
  __be32: [4, false],
  __le64: [8, false],
  __be64: [8, false],
  __sum16: [2, false],
  __wsum: [4, false],
  __poll_t: [4, false],
  // These carry their own alignment so that i386 lays them out as the others do.
  __aligned_u64: [8, false, 8],
  __aligned_s64: [8, true, 8],
  __aligned_be64: [8, false, 8],
  __aligned_le64: [8, false, 8],
  uint8_t: [1, false],
  int8_t: [1, true],
  uint16_t: [2, false],
  int16_t: [2, true],
  uint32_t: [4, false],
  int32_t: [4, true],
  uint64_t: [8, false],
  int64_t: [8, true],
  uintptr_t: ['long', false],
  intptr_t: ['long', true],
  size_t: ['long', false],
  ssize_t: ['long', true],
  __kernel_size_t: ['long', false],
  __kernel_ssize_t: ['long', true],
  __kernel_ptrdiff_t: ['long', true],
  __kernel_long_t: ['long', true],
  __kernel_ulong_t: ['long', false],
  __kernel_off_t: ['long', true],
  __kernel_loff_t: [8, true],
  __kernel_time64_t: [8, true],
  __kernel_pid_t: [4, true],
  __kernel_sa_family_t: [2, false],
  _Bool: [1, false],
  bool: [1, false],
  // Only their place counts here; as a number they are their bits.
  float: [4, true],
  double: [8, true],
  // A C enum of gcc is unsigned unless a member is negative, and has 4 bytes unless a member needs more; a tagged
  // enum with known members is looked up in the facts instead.
  enum: [4, false],
};

const KEYWORDS = new Set(['char', 'short', 'int', 'long', 'signed', '__signed__', 'unsigned']);

function ofWidth(width: Width, signed: boolean, abi: Abi, align?: number): Scalar {
  const bytes = width === 'long' ? abi.long : width;
  return { bytes, signed, align: align ?? (bytes === 8 ? abi.align64 : bytes) };
}

/** A scalar of C's own type keywords, in any order: `long unsigned int`. Plain char counts as signed. */
function ofKeywords(words: readonly string[], abi: Abi): Scalar | undefined {
  if (words.length === 0 || !words.every(word => KEYWORDS.has(word))) return undefined;
  const signed = !words.includes('unsigned');
  const longs = words.filter(word => word === 'long').length;
  if (words.includes('char')) return ofWidth(1, signed, abi);
  if (words.includes('short')) return ofWidth(2, signed, abi);
  if (longs === 2) return ofWidth(8, signed, abi);
  return longs === 1 ? ofWidth('long', signed, abi) : ofWidth(4, signed, abi);
}

/** The scalar a header's spelling means by itself, without typedefs and enums of any header; else undefined. */
export function builtinScalar(spelling: string, abi: Abi): Scalar | undefined {
  const named = Object.hasOwn(NAMED, spelling) ? NAMED[spelling] : undefined;
  if (named) return ofWidth(named[0], named[1], abi, named[2]);
  return ofKeywords(spelling.split(' '), abi);
}

/** A pointer as the scalar it is stored as. */
export function pointerScalar(abi: Abi): Scalar {
  return { bytes: abi.pointer, signed: false, align: abi.pointer };
}

/** An enum of the given values: gcc takes 4 bytes unless one of them needs 8. */
export function enumScalar(values: readonly bigint[], abi: Abi): Scalar {
  const signed = values.some(value => value < 0n);
  const high = signed ? 0x7fffffffn : 0xffffffffn;
  const wide = values.some(value => value > high || value < -0x80000000n);
  return ofWidth(wide ? 8 : 4, signed, abi);
}
