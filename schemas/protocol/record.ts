/** Records of the protocol as plain objects: 8-byte members are bigints, the others numbers. */

import type { RecordLayout } from './layout.ts';

export type FieldValue = number | bigint | Fields;
export interface Fields {
  readonly [name: string]: FieldValue;
}

/** Writes a record little-endian; members that `fields` lacks are zero. */
export function writeRecord(view: DataView, at: number, layout: RecordLayout, fields: Fields): void {
  for (const { name, offset, size, record } of layout.fields) {
    const value = fields[name];
    const position = at + offset;
    if (value === undefined) continue;
    if (record) writeRecord(view, position, record, value as Fields);
    else if (size === 8) view.setBigUint64(position, BigInt.asUintN(64, value as bigint), true);
    else if (size === 4) view.setUint32(position, value as number, true);
    else if (size === 2) view.setUint16(position, value as number, true);
    else view.setUint8(position, value as number);
  }
}

export function readRecord(view: DataView, at: number, layout: RecordLayout): Fields {
  const fields: Record<string, FieldValue> = {};
  for (const { name, offset, size, signed, record } of layout.fields) {
    const position = at + offset;
    if (record) fields[name] = readRecord(view, position, record);
    else if (size === 8)
      fields[name] = signed ? view.getBigInt64(position, true) : view.getBigUint64(position, true);
    else if (size === 4)
      fields[name] = signed ? view.getInt32(position, true) : view.getUint32(position, true);
    else if (size === 2) fields[name] = view.getUint16(position, true);
    else fields[name] = view.getUint8(position);
  }
  return fields;
}
