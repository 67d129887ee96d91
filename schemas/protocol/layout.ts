/** Offsets of the protocol's structs. All ABIs agree because holes are refused here. */

import { named, type ProtocolDescription } from './description.ts';

const SCALARS: Readonly<Record<string, { readonly size: 1 | 2 | 4 | 8; readonly signed: boolean }>> = {
  __u8: { size: 1, signed: false },
  __u16: { size: 2, signed: false },
  __u32: { size: 4, signed: false },
  __s32: { size: 4, signed: true },
  __u64: { size: 8, signed: false },
  __s64: { size: 8, signed: true },
};

export interface Field {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
  /** Layout of the struct this member is; absent for a scalar. */
  readonly record?: RecordLayout;
}

export interface RecordLayout {
  readonly name: string;
  /** Bytes; a multiple of the widest member, so that arrays of it have no holes either. */
  readonly size: number;
  readonly align: number;
  readonly fields: readonly Field[];
}

function place(description: ProtocolDescription, name: string): RecordLayout {
  const fields: Field[] = [];
  let offset = 0;
  let align = 1;
  for (const member of named(description.types, name).members) {
    const record = 'named' in member.type ? place(description, member.type.named) : undefined;
    const scalar = 'scalar' in member.type ? SCALARS[member.type.scalar] : undefined;
    if (!record && !scalar) throw new Error(`${name}.${member.name} has no fixed width`);
    const size = record?.size ?? scalar!.size;
    const memberAlign = record?.align ?? size;
    if (offset % memberAlign !== 0) throw new Error(`${name}.${member.name} leaves a hole before it`);
    fields.push({
      name: member.name,
      offset,
      size,
      signed: scalar?.signed ?? false,
      ...(record && { record }),
    });
    offset += size;
    align = Math.max(align, memberAlign);
  }
  if (offset % align !== 0) throw new Error(`${name} leaves a hole at its end`);
  return { name, size: offset, align, fields };
}

/** Layout of a struct of the protocol; throws when it would differ between ABIs. */
export function recordLayout(description: ProtocolDescription, name: string): RecordLayout {
  return place(description, name);
}
