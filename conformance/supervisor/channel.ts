/** The two pipes to the supervisor. Each command waits for its answer: the model reads memory in the middle of a call. */
import { readSync, writeSync } from 'node:fs';
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
} as const;
const COMMAND_BYTES = 40;
const ANSWER_BYTES = 16;
const EVENT_BYTES = 72;
const NONE = new Uint8Array(0);

export interface ClientCall {
  readonly kind: 'ioctl' | 'open' | 'mmap' | 'fdinfo' | 'poll';
  /** The thread that calls. */
  readonly pid: bigint;
  readonly id: bigint;
  readonly args: readonly bigint[];
}

export interface Next {
  /** Numbers of files of which the last descriptor and the last mapping have gone. */
  readonly gone: readonly bigint[];
  readonly call?: ClientCall;
  /** The exit status, when no process is left. */
  readonly end?: number;
}

const KINDS = ['ioctl', 'open', 'mmap', 'fdinfo', 'poll'] as const;

export class Channel {
  private readonly from: number;
  private readonly to: number;

  constructor(from: number, to: number) {
    this.from = from;
    this.to = to;
  }

  private take(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const count = readSync(this.from, bytes, done, length - done, null);
      if (count === 0) throw new LinkError('the supervisor of the program ended before the program did');
      done += count;
    }
    return bytes;
  }

  ask(
    what: keyof typeof COMMANDS,
    numbers: readonly bigint[],
    payload: Uint8Array = NONE,
  ): { readonly result: bigint; readonly bytes: Buffer } {
    const command = Buffer.alloc(COMMAND_BYTES + payload.length);
    command.writeUInt32LE(COMMANDS[what], 0);
    command.writeUInt32LE(payload.length, 4);
    for (const [at, number] of numbers.entries())
      command.writeBigUInt64LE(BigInt.asUintN(64, number), 8 + 8 * at);
    command.set(payload, COMMAND_BYTES);
    for (let done = 0; done < command.length; ) done += writeSync(this.to, command, done);
    const head = this.take(ANSWER_BYTES);
    return { result: head.readBigInt64LE(0), bytes: this.take(Number(head.readBigUInt64LE(8))) };
  }

  /** Waits for the next call, up to a length of time in ns. */
  next(limit: bigint | undefined): Next {
    const { bytes } = this.ask('next', [limit ?? -1n]);
    const number = (at: number) => bytes.readBigUInt64LE(at);
    const gone: bigint[] = [];
    for (let at = EVENT_BYTES; at < bytes.length; at += 8) gone.push(number(at));
    const what = bytes.readUInt32LE(0);
    if (what === 1) return { gone };
    if (what === 2) return { gone, end: Number(number(24)) };
    const args = [0, 1, 2, 3, 4, 5].map(at => number(24 + 8 * at));
    const kind = KINDS[bytes.readUInt32LE(4)]!;
    return { gone, call: { kind, pid: BigInt(bytes.readUInt32LE(8)), id: number(16), args } };
  }

  reply(id: bigint, value: bigint, errno = 0): void {
    this.ask('reply', [id, value, BigInt(-errno), 0n]);
  }

  /** The call is the kernel's own. */
  goOn(id: bigint): void {
    this.ask('reply', [id, 0n, 0n, 1n]);
  }
}
