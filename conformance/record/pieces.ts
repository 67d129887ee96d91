/** Memory behind a call: its numbers, and what is known of them. */
import { littleEndian } from '../../schemas/index.ts';
import type { Piece } from './events.ts';
import type { KnownMember, RecorderTable } from './table.ts';

export const unhex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

export function numberAt(bytes: Uint8Array, offset: number, width: number): bigint {
  return littleEndian(bytes.subarray(offset, offset + width));
}

/** The members of each element of a piece, with their places in it. */
export function membersOf(
  { layouts }: Pick<RecorderTable, 'layouts'>,
  { layout, stride, in: bytes }: Piece,
): { at: number; member: KnownMember }[] {
  const found: { at: number; member: KnownMember }[] = [];
  const length = bytes.length / 2;
  const { members = [] } = layouts[layout] ?? {};
  // The bytes of text and of streams have no members, however many there are.
  if (members.length === 0) return found;
  for (let base = 0; base < length; base += Math.max(stride, 1))
    for (const member of members)
      if (base + member.offset + member.width <= length) found.push({ at: base + member.offset, member });
  return found;
}
