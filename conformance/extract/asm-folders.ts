import type { AbiName } from '../../schemas/index.ts';

/** Where linux-libc-dev keeps the `asm/` headers of an ABI, below the include root: Debian's multiarch names. */
export const ASM_FOLDERS: Readonly<Record<AbiName, string>> = {
  x86_64: 'x86_64-linux-gnu',
  i386: 'i386-linux-gnu',
  aarch64: 'aarch64-linux-gnu',
  armhf: 'arm-linux-gnueabihf',
  riscv64: 'riscv64-linux-gnu',
};

/** What a program includes for a generic header: the architecture's, which in turn includes it, under a shorter name. */
export function programHeader(header: string): string {
  return header.replace(/^asm-generic\//, 'asm/').replace(/^(asm\/[a-z]+)-(base|common)\.h$/, '$1.h');
}
