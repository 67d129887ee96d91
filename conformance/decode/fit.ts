/** What it means that a request is not quite, or not everywhere, the number of a header. */
import { ABIS, type AbiName, decodeRequest, FILE_LETTERS, layoutOf } from '../../schemas/index.ts';
import type { Candidate } from './candidates.ts';

export function hexNumber(number: number): string {
  return `0x${number.toString(16).padStart(8, '0')}`;
}

/** ABIs in groups that have the same number: `0x40206445 (32 bytes) on x86_64, aarch64, riscv64`. */
function others({ numbers, abis }: Candidate): string[] {
  const groups = new Map<number, AbiName[]>();
  for (const [abi, { number }] of Object.entries(numbers) as [AbiName, { number: number }][]) {
    if (!abis.includes(abi)) groups.set(number, [...(groups.get(number) ?? []), abi]);
  }
  return [...groups].map(
    ([number, names]) => `${hexNumber(number)} (${numbers[names[0]!].size} bytes) on ${names.join(', ')}`,
  );
}

function isFile({ ioctl }: Candidate): boolean {
  return (Object.values(FILE_LETTERS) as readonly number[]).includes(ioctl.letter);
}

function sizeNote(candidate: Candidate, given: number): string {
  const { owner, ioctl, numbers, abi } = candidate;
  const known = numbers[abi].size;
  const struct = ioctl.argument && 'named' in ioctl.argument ? ioctl.argument.named : undefined;
  if (given > known)
    return `${given} bytes instead of ${known}: the longer struct of a newer header; the core gives the bytes from ${known} on back as they were, and the driver never sees them`;
  if (given === 0 || !struct)
    return `${given} bytes instead of ${known}: nothing is copied, and the driver sees zeros`;
  const cut = layoutOf(owner.types, struct, abi).fields.find(
    field => !field.composite && field.offset + field.size > given,
  );
  return `${given} bytes instead of ${known}: the shorter struct of an older header; ${cut ? `from ${cut.path} on` : 'the rest of'} struct ${struct} reads as zero`;
}

function directionNote(given: string, known: string): string {
  const lacks = (bit: 'read' | 'write') => known.includes(bit) && !given.includes(bit);
  const effects = [
    ...(lacks('write') ? ['nothing is copied in, so the driver sees zeros'] : []),
    ...(lacks('read') ? ['nothing is copied out, so no result comes back'] : []),
  ];
  return `direction ${given} instead of ${known}: ${effects.join(', and ') || 'the core ignores a direction bit that its own number lacks'}`;
}

/** Sentences for a reader of a candidate. */
export function fitNotes(candidate: Candidate, number: number | undefined): string[] {
  const { abis, fit, ioctl } = candidate;
  if (number === undefined) return [];
  if (fit === 'exact') {
    const elsewhere = others(candidate);
    if (elsewhere.length === 0) return [];
    const narrow = abis.every(abi => ABIS[abi].pointer === 4);
    return [
      `${narrow ? `only 32-bit programs have this number (${abis.join(', ')})` : `this number is that of ${abis.join(', ')}`}; the call is ${elsewhere.join(' and ')}`,
    ];
  }
  if (isFile(candidate))
    return ['another size or direction makes it another number to such a file, which refuses it with ENOTTY'];
  const given = decodeRequest(number);
  return [
    ...(fit === 'direction' ? [] : [sizeNote(candidate, given.size)]),
    ...(fit === 'size' ? [] : [directionNote(given.direction, ioctl.direction)]),
  ];
}
