/** What differs between ABIs, as conditions of the C preprocessor. */
import { ABI_NAMES } from '../../layout/abi.ts';
import type { AbiName } from '../../program/program.ts';

/** Numbers of ABIs in the common header; 0 is one that no layout is known for. */
export const ABI_NUMBERS: Readonly<Record<AbiName, number>> = {
  x86_64: 1,
  i386: 2,
  aarch64: 3,
  armhf: 4,
  riscv64: 5,
};

/** How a compiler tells them. */
const TOLD: Readonly<Record<AbiName, string>> = {
  x86_64: 'defined(__x86_64__) && !defined(__ILP32__)',
  i386: 'defined(__i386__)',
  aarch64: 'defined(__aarch64__) && defined(__LP64__) && !defined(__AARCH64EB__)',
  armhf: 'defined(__arm__) && defined(__ARM_EABI__) && !defined(__ARMEB__)',
  riscv64: 'defined(__riscv) && __riscv_xlen == 64',
};

/** Defines `ACCEL_UAPI_ABI`. */
export function abiDefinition(): string {
  const branches = ABI_NAMES.map(
    (abi, at) => `#${at === 0 ? 'if' : 'elif'} ${TOLD[abi]}\n#define ACCEL_UAPI_ABI ${ABI_NUMBERS[abi]}\n`,
  );
  return `${branches.join('')}#else\n#define ACCEL_UAPI_ABI 0\n#endif\n`;
}

/** Text that is the same on some ABIs, with these. */
interface Group {
  readonly text: string;
  readonly abis: readonly AbiName[];
}

/** The text of every ABI, told apart only where it differs; nothing for an ABI without a known layout. */
export function perAbi(textOf: (abi: AbiName) => string): string {
  const groups: Group[] = [];
  for (const abi of ABI_NAMES) {
    const text = textOf(abi);
    const same = groups.findIndex(group => group.text === text);
    if (same < 0) groups.push({ text, abis: [abi] });
    else groups[same] = { text, abis: [...groups[same]!.abis, abi] };
  }
  if (groups.every(({ text }) => text === '')) return '';
  if (groups.length === 1) return `#if ACCEL_UAPI_ABI != 0\n${groups[0]!.text}#endif\n`;
  const branches = groups.map(({ text, abis }, at) => {
    const known = abis.map(abi => `ACCEL_UAPI_ABI == ${ABI_NUMBERS[abi]}`).join(' || ');
    return `#${at === 0 ? 'if' : 'elif'} ${known} /* ${abis.join(', ')} */\n${text}`;
  });
  return `${branches.join('')}#endif\n`;
}
