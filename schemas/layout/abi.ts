import type { AbiName } from '../program/program.ts';

/** What of an ABI decides where the members of a struct lie. Sizes and alignments in bytes. */
export interface Abi {
  readonly name: AbiName;
  readonly pointer: 4 | 8;
  readonly long: 4 | 8;
  /**
   * Alignment of an 8-byte scalar inside a struct: 4 on i386 (System V ABI, Intel386 supplement), 8 on all the
   * others, the 32-bit ARM EABI included.
   */
  readonly align64: 4 | 8;
}

/** All five are little-endian with 4-byte enums. The order is the one reports use. */
export const ABIS: Readonly<Record<AbiName, Abi>> = {
  x86_64: { name: 'x86_64', pointer: 8, long: 8, align64: 8 },
  i386: { name: 'i386', pointer: 4, long: 4, align64: 4 },
  aarch64: { name: 'aarch64', pointer: 8, long: 8, align64: 8 },
  armhf: { name: 'armhf', pointer: 4, long: 4, align64: 8 },
  riscv64: { name: 'riscv64', pointer: 8, long: 8, align64: 8 },
};

export const ABI_NAMES = Object.keys(ABIS) as readonly AbiName[];
