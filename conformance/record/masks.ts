/** What a recording must not tell: members of structs, what they point to, what is written through mappings. */
import { UsageError } from '../run/usage-error.ts';
import type { KnownMember, PieceLayout, RecorderTable } from './table.ts';

/** All that is written through mappings. */
export const MEMORY = 'memory';

export class Masks {
  private readonly names: readonly string[];
  /** Bytes that were hidden and not zero. */
  count = 0;

  constructor(names: readonly string[]) {
    this.names = names;
  }

  private hide(bytes: Uint8Array): void {
    this.count += bytes.filter(byte => byte !== 0).length;
    bytes.fill(0);
  }

  /** Hides a piece of memory, or its members. A pointer is masked by what it leads to, which has its name. */
  piece(
    layout: PieceLayout | undefined,
    known: readonly { readonly at: number; readonly member: KnownMember }[],
    bytes: Uint8Array,
  ): void {
    if (layout && this.names.includes(layout.name)) this.hide(bytes);
    for (const { at, member } of known)
      if (member.role.role !== 'pointer' && this.names.includes(`${layout!.name}.${member.name}`))
        this.hide(bytes.subarray(at, at + member.width));
  }

  memory(bytes: Uint8Array): Uint8Array {
    if (!this.names.includes(MEMORY)) return bytes;
    const hidden = Uint8Array.from(bytes);
    this.hide(hidden);
    return hidden;
  }

  /** A misspelt mask would hide nothing, and nobody would know. */
  finish({ layouts }: RecorderTable): void {
    const known = new Set([
      MEMORY,
      ...layouts.flatMap(({ name, members }) => [name, ...members.map(member => `${name}.${member.name}`)]),
    ]);
    const wrong = this.names.find(name => !known.has(name));
    if (wrong !== undefined)
      throw new UsageError(
        `--mask ${wrong} is nothing that a call of this driver has; expected STRUCT, STRUCT.MEMBER or memory`,
      );
  }
}
