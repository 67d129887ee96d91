/** The kinds of machine that QEMU plays, and what each takes. */
import type { AbiName } from '../../../schemas/index.ts';
import type { Tool } from './tools.ts';

/** Debian's name, as in `linux-image-arm64`. */
export type KernelArchitecture = 'arm64' | 'amd64';

export interface Architecture {
  readonly name: KernelArchitecture;
  readonly qemu: Tool;
  /** QEMU's machine. */
  readonly machine: string;
  readonly processor: string;
  /** The kernel's name for the first serial line. */
  readonly console: string;
  /** Compilers of the programs that its kernel runs; the first is its own. */
  readonly compilers: Readonly<Partial<Record<AbiName, Tool>>>;
  readonly abi: AbiName;
  /** Modules without which the kernel does not see the executor's port. */
  readonly transport: readonly string[];
  /** Programs that only this architecture takes. */
  readonly tools: readonly Tool[];
  /** Signatures of images that QEMU can start. */
  readonly images: readonly { readonly offset: number; readonly bytes: readonly number[] }[];
  readonly image: string;
}

/**
 * arm64: a small in-order core, for which the kernel needs no Spectre workarounds: emulation would have to run them
 * at every system call. `max` takes three times as long to boot, for its pointer authentication. It also runs 32-bit
 * programs. The signatures are those of a plain image (Documentation/arch/arm64/booting.rst), one compressed by gzip,
 * and the self-unpacking one of EFI.
 */
const arm64: Architecture = {
  name: 'arm64',
  qemu: 'qemu-system-aarch64',
  machine: 'virt',
  processor: 'cortex-a53',
  console: 'ttyAMA0',
  compilers: { aarch64: 'aarch64-linux-gnu-gcc', armhf: 'arm-linux-gnueabihf-gcc' },
  abi: 'aarch64',
  transport: [],
  tools: ['fdtput', 'fdtget'],
  images: [
    { offset: 56, bytes: [0x41, 0x52, 0x4d, 0x64] },
    { offset: 0, bytes: [0x1f, 0x8b] },
    { offset: 4, bytes: [0x7a, 0x69, 0x6d, 0x67] },
  ],
  image: 'arm64 kernel image: give a vmlinuz or arch/arm64/boot/Image',
};

/**
 * amd64: a processor from before the Spectre workarounds would be chosen by name; the signature is the one of the
 * boot protocol (Documentation/arch/x86/boot.rst).
 */
const amd64: Architecture = {
  name: 'amd64',
  qemu: 'qemu-system-x86_64',
  machine: 'q35',
  processor: 'Nehalem',
  console: 'ttyS0',
  compilers: { x86_64: 'gcc', i386: 'i686-linux-gnu-gcc' },
  abi: 'x86_64',
  transport: ['virtio_pci', 'virtio_console'],
  tools: [],
  images: [{ offset: 0x202, bytes: [0x48, 0x64, 0x72, 0x53] }],
  image: 'x86 kernel image: give a vmlinuz or arch/x86/boot/bzImage',
};

export const architectures: Readonly<Record<KernelArchitecture, Architecture>> = { arm64, amd64 };
