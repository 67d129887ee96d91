/**
 * The messages of /dev/cuse as <linux/fuse.h> lays them out (FUSE 7.31 and newer have them so): a request is a header of
 * 40 bytes and what its opcode brings, an answer a header of 16 bytes and what the opcode takes. Numbers have the byte
 * order of the machine; every machine that the kit knows is little-endian.
 */

export const OPCODES = {
  open: 14,
  read: 15,
  write: 16,
  release: 18,
  interrupt: 36,
  ioctl: 39,
  poll: 40,
  init: 4096,
} as const;

const IN_HEADER = 40;
const OUT_HEADER = 16;
const FUSE_MAJOR = 7;
const FUSE_MINOR = 31;
const UNRESTRICTED = 1;
const RETRY = 4;
const NOTIFY_POLL = 1;
const IOVEC = 16;
/** The largest argument memory of one call that the kernel carries: 32 pages (FUSE_DEFAULT_MAX_PAGES_PER_REQ). */
export const MOST_BYTES = 32 * 4096;
/** Pieces of memory of one call (FUSE_IOCTL_MAX_IOV). */
export const MOST_PIECES = 256;
/** What a read of /dev/cuse must have room for: the most that a request brings, and its headers. */
export const REQUEST_ROOM = MOST_BYTES + 8192;

export interface Request {
  readonly opcode: number;
  readonly unique: bigint;
  /** The thread that calls, as the reader of /dev/cuse sees it. */
  readonly pid: number;
  readonly body: DataView;
}

/** A piece of the caller's memory. */
export interface Piece {
  readonly base: bigint;
  readonly length: number;
}

export interface IoctlRequest {
  readonly fh: bigint;
  readonly command: bigint;
  readonly argument: bigint;
  /** A caller with another ABI than the machine's own. */
  readonly foreign: boolean;
  /** What the pieces that the last answer asked for hold, one behind the other. */
  readonly data: Uint8Array;
  /** Room of the pieces that are to be written. */
  readonly outSize: number;
}

export function readRequest(bytes: Uint8Array): Request {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    opcode: view.getUint32(4, true),
    unique: view.getBigUint64(8, true),
    pid: view.getUint32(32, true),
    body: new DataView(bytes.buffer, bytes.byteOffset + IN_HEADER, bytes.length - IN_HEADER),
  };
}

const FUSE_IOCTL_32BIT = 1 << 3;

export function readIoctl(body: DataView): IoctlRequest {
  const inSize = body.getUint32(24, true);
  return {
    fh: body.getBigUint64(0, true),
    foreign: (body.getUint32(8, true) & FUSE_IOCTL_32BIT) !== 0,
    command: BigInt(body.getUint32(12, true)),
    argument: body.getBigUint64(16, true),
    outSize: body.getUint32(28, true),
    data: new Uint8Array(body.buffer, body.byteOffset + 32, inSize),
  };
}

function answer(unique: bigint, error: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(OUT_HEADER + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setInt32(4, error, true);
  view.setBigUint64(8, unique, true);
  bytes.set(payload, OUT_HEADER);
  return bytes;
}

/** A call that failed, or needs no more than that it went well. */
export function plainAnswer(unique: bigint, errno = 0): Uint8Array {
  return answer(unique, -errno, new Uint8Array(0));
}

export function dataAnswer(unique: bigint, data: Uint8Array): Uint8Array {
  return answer(unique, 0, data);
}

/** Names the device below /dev; `major` 0 lets the kernel choose. */
export function initAnswer(unique: bigint, name: string, major: number, minor: number): Uint8Array {
  const info = new TextEncoder().encode(`DEVNAME=${name}\0`);
  const payload = new Uint8Array(72 + info.length);
  const view = new DataView(payload.buffer);
  const words = [FUSE_MAJOR, FUSE_MINOR, 0, UNRESTRICTED, MOST_BYTES, MOST_BYTES, major, minor];
  for (const [at, word] of words.entries()) view.setUint32(4 * at, word, true);
  payload.set(info, 72);
  return answer(unique, 0, payload);
}

export function openAnswer(unique: bigint, fh: bigint): Uint8Array {
  const payload = new Uint8Array(16);
  new DataView(payload.buffer).setBigUint64(0, fh, true);
  return answer(unique, 0, payload);
}

/** The end of an ioctl: its result, negative for an errno, and what goes to the pieces that are to be written. */
export function ioctlAnswer(unique: bigint, result: number, data: Uint8Array): Uint8Array {
  const payload = new Uint8Array(16 + data.length);
  new DataView(payload.buffer).setInt32(0, result, true);
  payload.set(data, 16);
  return answer(unique, 0, payload);
}

/** Asks for the call once more, with the memory of `read` and with room for `write`. */
export function retryAnswer(unique: bigint, read: readonly Piece[], write: readonly Piece[]): Uint8Array {
  const pieces = [...read, ...write];
  const payload = new Uint8Array(16 + IOVEC * pieces.length);
  const view = new DataView(payload.buffer);
  view.setUint32(4, RETRY, true);
  view.setUint32(8, read.length, true);
  view.setUint32(12, write.length, true);
  for (const [at, { base, length }] of pieces.entries()) {
    view.setBigUint64(16 + IOVEC * at, base, true);
    view.setBigUint64(24 + IOVEC * at, BigInt(length), true);
  }
  return answer(unique, 0, payload);
}

export function pollAnswer(unique: bigint, events: number): Uint8Array {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setUint32(0, events, true);
  return answer(unique, 0, payload);
}

/** Wakes whoever polls with this kernel handle. */
export function pollNotice(handle: bigint): Uint8Array {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setBigUint64(0, handle, true);
  return answer(0n, NOTIFY_POLL, payload);
}
