/**
 * The executor's side of the protocol, written from docs/protocol.md alone and on purpose importing nothing of
 * the project: the fakes that use it prove that the page is enough, and share no mistake with conformance/link.
 */

export const MAGIC = 0x50584189;
export const VERSION = 1;
export const MAX_PAYLOAD = 0x4000000;
export const NO_PROGRAM = 0xffffffff;

export const FRAME = { hello: 1, program: 2, result: 3, log: 4, end: 5, error: 6, bye: 7 } as const;

/** The ops that the fakes tell apart. */
export const OP = { open: 1, dup: 3, ioctl: 4 } as const;

/** One step of a program: which op, with how many arguments, and its time in milliseconds. */
export interface Step {
  op: number;
  arguments: Argument[];
  deadline: number;
}

export interface Argument {
  kind: number;
  index: number;
  number: bigint;
  mask: bigint;
  shift: number;
}

export interface Program {
  program: number;
  slots: number;
  buffers: { size: number; access: number; align: number; data: Uint8Array }[];
  steps: Step[];
}

/** CRC-32 of IEEE 802.3; 0 for no bytes. */
export function crc32(bytes: Uint8Array): number {
  let register = 0xffffffff;
  for (const byte of bytes) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit++) register = (register >>> 1) ^ (register & 1 ? 0xedb88320 : 0);
  }
  return ~register >>> 0;
}

/** A whole frame. `header` overrides what the header says, for fakes that lie. */
export function frame(
  type: number,
  payload: Uint8Array,
  header: { magic?: number; version?: number; length?: number; crc32?: number } = {},
): Uint8Array {
  const bytes = new Uint8Array(16 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, header.magic ?? MAGIC, true);
  view.setUint16(4, header.version ?? VERSION, true);
  view.setUint16(6, type, true);
  view.setUint32(8, header.length ?? payload.length, true);
  view.setUint32(12, header.crc32 ?? crc32(payload), true);
  bytes.set(payload, 16);
  return bytes;
}

/** Numbers of a record one after the other: `number` is a u32, `bigint` a 64-bit member; then the bytes. */
function pack(members: (number | bigint)[], ...tails: Uint8Array[]): Uint8Array {
  const fixed = members.reduce((sum: number, member) => sum + (typeof member === 'bigint' ? 8 : 4), 0);
  const bytes = new Uint8Array(fixed + tails.reduce((sum, tail) => sum + tail.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const member of members) {
    if (typeof member === 'bigint') view.setBigUint64(at, BigInt.asUintN(64, member), true);
    else view.setUint32(at, member >>> 0, true);
    at += typeof member === 'bigint' ? 8 : 4;
  }
  for (const tail of tails) {
    bytes.set(tail, at);
    at += tail.length;
  }
  return bytes;
}

const utf8 = (text: string) => new TextEncoder().encode(text);

/** Payload of HELLO: an x86_64 machine with every privilege, so that nothing is skipped for want of one. */
export function hello(
  over: {
    protocol?: number;
    abi?: number;
    pageSize?: number;
    features?: number;
    releaseLength?: number;
  } = {},
): Uint8Array {
  const release = utf8('7.3.0-fake');
  const bootId = utf8('00000000-0000-4000-8000-000000000000');
  return pack(
    [
      over.protocol ?? VERSION,
      over.abi ?? 1,
      over.pageSize ?? 4096,
      4096, // diff_limit
      0, // uid
      over.features ?? 0,
      0x1ffffffffffn, // capabilities: all
      0n, // taint
      over.releaseLength ?? release.length,
      bootId.length,
    ],
    release,
    bootId,
  );
}

export interface Result {
  program: number;
  step: number;
  status?: number;
  error?: number;
  signal?: number;
  ret?: bigint;
  /** Nanoseconds of CLOCK_MONOTONIC. */
  before?: bigint;
  after?: bigint;
  diffs?: { buffer: number; offset: number; bytes: Uint8Array }[];
  hashes?: { buffer: number; crc32: number }[];
}

/** Payload of RESULT. */
export function result(what: Result): Uint8Array {
  const { diffs = [], hashes = [], before = process.hrtime.bigint() } = what;
  const pool = diffs.reduce((sum, diff) => sum + diff.bytes.length, 0);
  return pack(
    [
      what.program,
      what.step,
      what.status ?? 0,
      what.error ?? 0,
      what.signal ?? 0,
      diffs.length,
      hashes.length,
      pool,
      what.ret ?? 0n,
      before,
      what.after ?? process.hrtime.bigint(),
      ...diffs.flatMap(diff => [diff.buffer, diff.offset, diff.bytes.length, 0]),
      ...hashes.flatMap(hash => [hash.buffer, hash.crc32]),
    ],
    ...diffs.map(diff => diff.bytes),
  );
}

/** Payload of END. `status` 0 is COMPLETE, 1 is CUT. */
export function end(program: number, status = 0): Uint8Array {
  return pack([program, status, 0n, 0, 0]);
}

/** Payload of LOG; `step` -1 is outside of any step. */
export function log(program: number, step: number, level: number, text: string): Uint8Array {
  const bytes = utf8(text);
  return pack([program, step, level, bytes.length], bytes);
}

/** Payload of ERROR. */
export function error(program: number, text: string): Uint8Array {
  const bytes = utf8(text);
  return pack([program, bytes.length], bytes);
}

/** Reads the payload of a PROGRAM; throws when the tables do not fill it exactly. */
export function parseProgram(payload: Uint8Array): Program {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const u32 = (at: number) => view.getUint32(at, true);
  const u64 = (at: number) => view.getBigUint64(at, true);
  const [bufferCount, stepCount, valueCount] = [u32(8), u32(12), u32(16)];
  const [fillCount, patchCount, captureCount, byteCount] = [u32(20), u32(24), u32(28), u32(32)];
  const stepsAt = 40 + 16 * bufferCount;
  const valuesAt = stepsAt + 24 * stepCount;
  const fillsAt = valuesAt + 32 * valueCount;
  const poolAt = fillsAt + 16 * fillCount + 48 * patchCount + 24 * captureCount;
  if (poolAt + byteCount !== payload.length) throw new Error('the tables do not fill the payload');
  let pool = poolAt;
  const buffers = Array.from({ length: bufferCount }, (_, index) => {
    const at = 40 + 16 * index;
    const data = payload.subarray(pool, pool + u32(at + 4));
    pool += data.length;
    return { size: u32(at), access: u32(at + 8), align: u32(at + 12), data };
  });
  let value = valuesAt;
  const steps = Array.from({ length: stepCount }, (_, index) => {
    const at = stepsAt + 24 * index;
    const args = Array.from({ length: u32(at + 4) }, () => {
      const from = value;
      value += 32;
      return {
        kind: u32(from),
        index: u32(from + 4),
        number: u64(from + 8),
        mask: u64(from + 16),
        shift: u32(from + 24),
      };
    });
    return { op: u32(at), arguments: args, deadline: u32(at + 20) };
  });
  if (value !== fillsAt) throw new Error('the steps take not as many arguments as there are');
  return { program: u32(0), slots: u32(4), buffers, steps };
}
