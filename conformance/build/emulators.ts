/** How programs of other ABIs run on this machine: by its kernel, or by QEMU's user-mode emulation. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AbiName } from '../../schemas/program/program.ts';
import { compilerOf } from './toolchains.ts';

/** Debian's package qemu-user has all of these. */
const EMULATORS: Readonly<Record<AbiName, string>> = {
  x86_64: 'qemu-x86_64',
  i386: 'qemu-i386',
  aarch64: 'qemu-aarch64',
  armhf: 'qemu-arm',
  riscv64: 'qemu-riscv64',
};

/** What the probe ends with. */
const ANSWER = 42;

/** Through bash, which refuses a program that the kernel does not know; execvp() would give it to sh as a script. */
function ends(command: readonly string[]): boolean {
  return spawnSync('bash', ['-c', '"$@"', 'bash', ...command], { stdio: 'ignore' }).status === ANSWER;
}

const found = new Map<AbiName, readonly string[]>();

/**
 * The words that come before a static program of the ABI: none when the kernel of this machine runs it, else the emulator.
 * Throws when neither does, with what to install.
 */
export function wordsBefore(abi: AbiName): readonly string[] {
  const known = found.get(abi);
  if (known) return known;
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-probe-'));
  try {
    const [source, program] = [join(folder, 'probe.c'), join(folder, 'probe')];
    writeFileSync(source, `int main(void) { return ${ANSWER}; }\n`);
    const built = spawnSync(compilerOf(abi), ['-static', '-o', program, source], { encoding: 'utf8' });
    if (built.status !== 0)
      throw new Error(
        `${compilerOf(abi)} links no static program: ${(built.stderr ?? built.error?.message ?? '').trim()}`,
      );
    const words = [[], [EMULATORS[abi]]].find(before => ends([...before, program]));
    if (!words)
      throw new Error(
        `neither the kernel of this machine nor ${EMULATORS[abi]} runs programs of ${abi}; install the package qemu-user`,
      );
    found.set(abi, words);
    return words;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whether the kernel itself runs programs of the ABI: one that is emulated meets no system calls of its own. */
export const runsByKernel = (abi: AbiName): boolean => wordsBefore(abi).length === 0;
