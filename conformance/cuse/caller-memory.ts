/**
 * The memory of a process that calls through CUSE: the kernel brings the pieces that the device has asked for and takes
 * what is to be written at the end (fs/fuse/ioctl.c). Nothing else of it can be seen.
 */
import { AddressSpace, MemoryFault } from '../../reference/index.ts';
import type { Piece } from './frames.ts';

/** The call has to be asked for once more, with a piece that is missing. */
export class NeedMemory extends Error {
  override name = 'NeedMemory';
  readonly piece: Piece;
  constructor(piece: Piece) {
    super(`${piece.length} bytes at 0x${piece.base.toString(16)} are missing`);
    this.piece = piece;
  }
}

/** The kernel maps nothing into the lowest page, and user space ends here on every 64-bit machine or before it. */
const LOWEST = 4096n;
const END = 1n << 56n;

interface Known extends Piece {
  readonly bytes: Uint8Array;
}

export interface Written {
  readonly base: bigint;
  readonly bytes: Uint8Array;
}

export class CallerMemory extends AddressSpace {
  private known: readonly Known[] = [];
  /** What the call has written, in order. */
  written: Written[] = [];

  /** Before each look at a call: what has been brought so far. */
  begin(pieces: readonly Piece[], data: Uint8Array): void {
    let at = 0;
    this.known = pieces.map(({ base, length }) => {
      at += length;
      return { base, length, bytes: data.subarray(at - length, at) };
    });
    this.written = [];
  }

  override map(): void {}
  override unmap(): [] {
    return [];
  }

  private possible(address: bigint, length: bigint): boolean {
    return length === 0n || (address >= LOWEST && address + length <= END);
  }

  private brought(address: bigint, length: bigint): Known | undefined {
    return this.known.find(
      ({ base, length: size }) => address >= base && address + length <= base + BigInt(size),
    );
  }

  override readable(address: bigint, length: bigint): boolean {
    if (!this.possible(address, length)) return false;
    // The kernel ends the call with EFAULT itself when it cannot bring the piece.
    if (length > 0n && !this.brought(address, length))
      throw new NeedMemory({ base: address, length: Number(length) });
    return true;
  }

  /** Only known when the kernel has tried. */
  override writable(address: bigint, length: bigint): boolean {
    return this.possible(address, length);
  }

  override mapped(address: bigint, length: bigint): boolean {
    return this.possible(address, length);
  }

  override readNow(address: bigint, length: number): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    if (!this.possible(address, BigInt(length))) throw new MemoryFault(address);
    const found = this.brought(address, BigInt(length));
    if (!found) throw new NeedMemory({ base: address, length });
    const at = Number(address - found.base);
    const bytes = found.bytes.slice(at, at + length);
    for (const write of this.written) overlay(bytes, address, write);
    return bytes;
  }

  override write(address: bigint, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (!this.possible(address, BigInt(bytes.length))) throw new MemoryFault(address);
    this.written.push({ base: address, bytes: bytes.slice() });
  }

  override fill(address: bigint, length: number, byte: number): void {
    this.write(address, new Uint8Array(length).fill(byte));
  }

  override text(address: bigint): string {
    const all: number[] = [];
    // Byte by byte as far as known; a page at most is asked for at once, so that nothing behind the text is needed.
    for (let at = address; ; at += 1n) {
      if (!this.brought(at, 1n)) throw new NeedMemory({ base: at, length: Number(LOWEST - (at % LOWEST)) });
      const byte = this.readNow(at, 1)[0]!;
      if (byte === 0) return new TextDecoder().decode(Uint8Array.from(all));
      all.push(byte);
    }
  }
}

function overlay(bytes: Uint8Array, address: bigint, { base, bytes: written }: Written): void {
  const begin = base > address ? base : address;
  const end = [base + BigInt(written.length), address + BigInt(bytes.length)].reduce((a, b) =>
    a < b ? a : b,
  );
  if (begin >= end) return;
  bytes.set(written.subarray(Number(begin - base), Number(end - base)), Number(begin - address));
}
