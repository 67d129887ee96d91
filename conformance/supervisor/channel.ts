/**
 * The two pipes to the supervisor. A command waits for its answer, since the model reads memory in the middle of a call;
 * one that has nothing to answer goes out with the next. Most calls need no question: they bring their argument along.
 */
import { closeSync, readSync, writeSync } from 'node:fs';
import { LinkError } from '../link/index.ts';

export const COMMANDS = {
  next: 0,
  read: 1,
  write: 2,
  rights: 3,
  reply: 4,
  install: 5,
  text: 6,
  resolve: 7,
  punch: 8,
  capabilities: 9,
  kind: 10,
  pollOthers: 11,
  pending: 12,
  eventfd: 13,
  signal: 14,
  peek: 15,
  poke: 16,
} as const;
/** A command that gets no answer. */
const QUIET = 0x100;
const COMMAND_BYTES = 40;
const ANSWER_BYTES = 16;
const EVENT_BYTES = 96;
/** Room for what the supervisor says at once; more is read in parts. */
const ROOM = 65_536;
const NONE = new Uint8Array(0);

const KINDS = ['ioctl', 'open', 'mmap', 'fdinfo', 'poll', 'read', 'write', 'lseek', 'select'] as const;

export interface ClientCall {
  readonly kind: (typeof KINDS)[number];
  /** The thread that calls. */
  readonly pid: bigint;
  readonly id: bigint;
  readonly args: readonly bigint[];
  /** The descriptor that it works on, and the number of the file behind it. */
  readonly descriptor: bigint;
  readonly file: bigint;
  /** The beginning of the argument, and how much of that may be written. */
  readonly known: Uint8Array;
  readonly writable: bigint;
  /** The flags of the open file. */
  readonly status: number;
}

export interface Next {
  /** Numbers of files of which the last descriptor and the last mapping have gone. */
  readonly gone: readonly bigint[];
  readonly call?: ClientCall;
  /** The exit status, when no process is left. */
  readonly end?: number;
}

export class Channel {
  private readonly from: number;
  private readonly to: number;

  constructor(from: number, to: number) {
    this.from = from;
    this.to = to;
  }

  /** The supervisor ends, and the command with it if it is still there. */
  close(): void {
    closeSync(this.to);
    closeSync(this.from);
  }

  private readonly room = Buffer.allocUnsafe(ROOM);
  private at = 0;
  private filled = 0;
  private queued: Buffer[] = [];

  private take(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      if (this.at === this.filled) {
        this.at = 0;
        this.filled = readSync(this.from, this.room, 0, ROOM, null);
        if (this.filled === 0)
          throw new LinkError('the supervisor of the program ended before the program did');
      }
      const count = Math.min(length - done, this.filled - this.at);
      this.room.copy(bytes, done, this.at, this.at + count);
      this.at += count;
      done += count;
    }
    return bytes;
  }

  private queue(what: number, numbers: readonly bigint[], payload: Uint8Array): void {
    const command = Buffer.alloc(COMMAND_BYTES + payload.length);
    command.writeUInt32LE(what, 0);
    command.writeUInt32LE(payload.length, 4);
    for (const [at, number] of numbers.entries())
      command.writeBigUInt64LE(BigInt.asUintN(64, number), 8 + 8 * at);
    command.set(payload, COMMAND_BYTES);
    this.queued.push(command);
  }

  /** What has no answer. */
  tell(what: keyof typeof COMMANDS, numbers: readonly bigint[], payload: Uint8Array = NONE): void {
    this.queue(COMMANDS[what] | QUIET, numbers, payload);
  }

  ask(
    what: keyof typeof COMMANDS,
    numbers: readonly bigint[],
    payload: Uint8Array = NONE,
  ): { readonly result: bigint; readonly bytes: Buffer } {
    this.queue(COMMANDS[what], numbers, payload);
    const all = Buffer.concat(this.queued);
    this.queued = [];
    for (let done = 0; done < all.length; ) done += writeSync(this.to, all, done);
    const head = this.take(ANSWER_BYTES);
    return { result: head.readBigInt64LE(0), bytes: this.take(Number(head.readBigUInt64LE(8))) };
  }

  /** Waits for the next call, until a time of the clock in ns. */
  next(until: bigint | undefined): Next {
    const { bytes } = this.ask('next', [until ?? -1n]);
    const number = (at: number) => bytes.readBigUInt64LE(at);
    const gone: bigint[] = [];
    const end = EVENT_BYTES + bytes.readUInt32LE(84);
    for (let at = end; at < bytes.length; at += 8) gone.push(number(at));
    const what = bytes.readUInt32LE(0);
    if (what === 1) return { gone };
    if (what === 2) return { gone, end: Number(number(24)) };
    const args = [0, 1, 2, 3, 4, 5].map(at => number(24 + 8 * at));
    const kind = KINDS[bytes.readUInt32LE(4)]!;
    const call = {
      kind,
      pid: BigInt(bytes.readUInt32LE(8)),
      id: number(16),
      args,
      file: number(72),
      descriptor: BigInt(bytes.readInt32LE(80)),
      known: bytes.subarray(EVENT_BYTES, end),
      writable: BigInt(bytes.readUInt32LE(88)),
      status: bytes.readUInt32LE(92),
    };
    return { gone, call };
  }

  reply(id: bigint, value: bigint, errno = 0): void {
    this.tell('reply', [id, value, BigInt(-errno), 0n]);
  }

  /** The call is the kernel's own. */
  goOn(id: bigint): void {
    this.tell('reply', [id, 0n, 0n, 1n]);
  }
}
