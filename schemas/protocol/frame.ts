/**
 * Frames without their meaning: a header, the payload struct, and the tables and byte runs that its members
 * count. Which ones follow comes from the description.
 */

import { crc32 } from './crc32.ts';
import { constant, enumNames, named, type ProtocolDescription, shortName } from './description.ts';
import { type RecordLayout, recordLayout } from './layout.ts';
import { ProtocolError } from './protocol-error.ts';
import { type Fields, readRecord, writeRecord } from './record.ts';

export interface RawFrame {
  /** Short name of the frame type: `hello`, `program`, ... */
  readonly type: string;
  /** Members of the payload struct; those that count parts may be left out when encoding. */
  readonly fields: Fields;
  readonly tables: Readonly<Record<string, readonly Fields[]>>;
  readonly bytes: Readonly<Record<string, Uint8Array>>;
}

interface FrameLayout {
  readonly type: string;
  readonly number: number;
  readonly payload: RecordLayout | undefined;
  readonly parts: readonly {
    readonly name: string;
    readonly count: string;
    readonly record?: RecordLayout;
  }[];
}

export interface Frames {
  readonly header: RecordLayout;
  readonly magic: number;
  readonly version: number;
  /** Most bytes of a payload. */
  readonly limit: number;
  readonly byType: ReadonlyMap<string, FrameLayout>;
  readonly byNumber: ReadonlyMap<number, FrameLayout>;
}

export function compileFrames(description: ProtocolDescription): Frames {
  const types = named(description.enums, 'proto_frame');
  const numbers = enumNames(description, 'proto_frame').toNumber;
  const layouts = description.frames.map((frame): FrameLayout => {
    const type = shortName(types, frame.frame);
    return {
      type,
      number: numbers.get(type)!,
      payload: frame.payload === null ? undefined : recordLayout(description, frame.payload),
      parts: frame.parts.map(({ name, of, count }) =>
        of === 'bytes' ? { name, count } : { name, count, record: recordLayout(description, of) },
      ),
    };
  });
  return {
    header: recordLayout(description, 'proto_header'),
    magic: constant(description, 'PROTO_MAGIC'),
    version: constant(description, 'PROTO_VERSION'),
    limit: constant(description, 'PROTO_MAX_PAYLOAD'),
    byType: new Map(layouts.map(layout => [layout.type, layout])),
    byNumber: new Map(layouts.map(layout => [layout.number, layout])),
  };
}

/** The bytes of a whole frame, header included. Throws a ProtocolError when it is larger than a frame may be. */
export function encodeFrame(frames: Frames, raw: RawFrame): Uint8Array {
  const layout = frames.byType.get(raw.type)!;
  const counts: Record<string, number> = {};
  let length = layout.payload?.size ?? 0;
  for (const { name, count, record } of layout.parts) {
    const items = record ? (raw.tables[name]?.length ?? 0) : (raw.bytes[name]?.length ?? 0);
    counts[count] = items;
    length += record ? items * record.size : items;
  }
  if (length > frames.limit) {
    throw new ProtocolError(
      `a ${raw.type} frame of ${length} bytes is too large; at most ${frames.limit} bytes fit, so split it`,
    );
  }
  const out = new Uint8Array(frames.header.size + length);
  const view = new DataView(out.buffer);
  let at = frames.header.size;
  if (layout.payload) {
    writeRecord(view, at, layout.payload, { ...raw.fields, ...counts });
    at += layout.payload.size;
  }
  for (const { name, record } of layout.parts) {
    if (record) {
      for (const row of raw.tables[name] ?? []) {
        writeRecord(view, at, record, row);
        at += record.size;
      }
    } else {
      const run = raw.bytes[name] ?? new Uint8Array();
      out.set(run, at);
      at += run.length;
    }
  }
  writeRecord(view, 0, frames.header, {
    magic: frames.magic,
    version: frames.version,
    type: layout.number,
    length,
    crc32: length === 0 ? 0 : crc32(out.subarray(frames.header.size)),
  });
  return out;
}

/** Takes a payload of `peer` apart. Throws a ProtocolError unless its counts give exactly its length. */
export function decodePayload(frames: Frames, type: number, payload: Uint8Array, peer: string): RawFrame {
  const layout = frames.byNumber.get(type);
  if (!layout)
    throw new ProtocolError(
      `${peer} sent what this kit cannot read: frame type ${type} is unknown; rebuild it from this kit`,
    );
  const broken = (what: string) =>
    new ProtocolError(
      `${peer} sent what this kit cannot read: its ${layout.type} frame of ${payload.length} bytes ${what}; rebuild it from this kit`,
    );
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  let at = layout.payload?.size ?? 0;
  if (payload.length < at) throw broken(`is shorter than its ${at} fixed bytes`);
  const fields = layout.payload ? readRecord(view, 0, layout.payload) : {};
  const tables: Record<string, Fields[]> = {};
  const bytes: Record<string, Uint8Array> = {};
  for (const { name, count, record } of layout.parts) {
    const items = fields[count] as number;
    if (items * (record?.size ?? 1) > payload.length - at)
      throw broken(`ends within its ${name} (${items} of them)`);
    if (record) {
      const rows: Fields[] = [];
      for (let row = 0; row < items; row++, at += record.size) rows.push(readRecord(view, at, record));
      tables[name] = rows;
    } else {
      bytes[name] = payload.slice(at, at + items);
      at += items;
    }
  }
  if (at !== payload.length) throw broken(`has ${payload.length - at} bytes too many`);
  return { type: layout.type, fields, tables, bytes };
}
