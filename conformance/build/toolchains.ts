/** The compilers that the layouts are compared with. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AbiName } from '../../schemas/program/program.ts';
import { ASM_FOLDERS } from '../extract/asm-folders.ts';
import { sectionOf } from './elf-section.ts';
import { OWN_INCLUDE } from './own-headers.ts';

interface Toolchain {
  readonly compiler: string;
  /** Debian package that has the compiler. */
  readonly package: string;
}

const TOOLCHAINS: Readonly<Record<AbiName, Toolchain>> = {
  x86_64: { compiler: 'x86_64-linux-gnu-gcc', package: 'gcc-x86-64-linux-gnu' },
  i386: { compiler: 'i686-linux-gnu-gcc', package: 'gcc-i686-linux-gnu' },
  aarch64: { compiler: 'aarch64-linux-gnu-gcc', package: 'gcc-aarch64-linux-gnu' },
  armhf: { compiler: 'arm-linux-gnueabihf-gcc', package: 'gcc-arm-linux-gnueabihf' },
  riscv64: { compiler: 'riscv64-linux-gnu-gcc', package: 'gcc-riscv64-linux-gnu' },
};

const COMPILE_SECONDS = 60;

/** Something the check needs and does not have, or cannot use. */
export class CheckAbiError extends Error {}

function run(command: string, args: readonly string[]): string {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: COMPILE_SECONDS * 1000 });
  if (result.error && 'code' in result.error && result.error.code === 'ENOENT') {
    const tool = Object.values(TOOLCHAINS).find(one => one.compiler === command);
    throw new CheckAbiError(`the compiler ${command} is not installed; install the package ${tool?.package}`);
  }
  if (result.status !== 0) {
    const line = result.stderr?.split('\n').find(one => one.includes('error')) ?? result.error?.message ?? '';
    throw new CheckAbiError(`${command} does not compile the probe: ${line.trim()}`);
  }
  return result.stdout;
}

/** The command of an ABI's compiler. */
export const compilerOf = (abi: AbiName) => TOOLCHAINS[abi].compiler;

/** First line of what the compiler of an ABI says of itself. */
export function compilerVersion(abi: AbiName): string {
  return run(TOOLCHAINS[abi].compiler, ['--version']).split('\n')[0] ?? '';
}

/** Compiles `source` in `folder` and gives the 64-bit numbers that lie in a section of the object. */
export function compiledNumbers(
  source: string,
  section: string,
  abi: AbiName,
  includeRoot: string,
  folder: string,
): BigUint64Array {
  const [file, object] = [join(folder, 'probe.c'), join(folder, 'probe.o')];
  writeFileSync(file, source);
  // No headers but those of the package and ours: neither the machine's own nor a C library's.
  const roots = [join(includeRoot, ASM_FOLDERS[abi]), includeRoot, OWN_INCLUDE];
  const includes = ['-nostdinc', ...roots.flatMap(root => ['-isystem', root])];
  const flags = ['-std=gnu11', '-ffreestanding', '-w', ...includes];
  run(TOOLCHAINS[abi].compiler, [...flags, '-c', file, '-o', object]);
  // A copy: a section need not start at a multiple of eight in its file.
  return new BigUint64Array(Uint8Array.from(sectionOf(readFileSync(object), section)).buffer);
}
