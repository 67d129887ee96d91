/** What fs/fuse/ioctl.c does with the requests of one calling thread, on a memory of our own. */
import { catalogue } from '../../schemas/index.ts';
import { CuseDevice } from './device.ts';
import { OPCODES } from './frames.ts';

const EFAULT = 14;

export class FakeKernel {
  readonly memory = new Map<bigint, Uint8Array>();
  readonly warnings: string[] = [];
  readonly device: CuseDevice;
  time = 1_000_000_000n;
  /** How often the last call was asked for once more. */
  retries = 0;
  private answers: DataView[] = [];
  private unique = 1n;

  /** Effective capabilities of the thread that calls; undefined when they cannot be seen. */
  capabilities: bigint | undefined = (1n << 41n) - 1n;

  constructor(name = 'ethosu') {
    const driver = catalogue().drivers.get(name)!;
    this.device = new CuseDevice({
      driver,
      profile: Object.keys(driver.manifest.profiles)[0]!,
      capabilities: () => this.capabilities,
      minor: 0,
      abi: 'x86_64',
      now: () => this.time,
      send: bytes => this.answers.push(new DataView(bytes.buffer, bytes.byteOffset, bytes.length)),
      warn: sentence => this.warnings.push(sentence),
    });
  }

  /** Sends a request; gives its number. */
  send(
    opcode: number,
    body: (view: DataView) => void,
    size: number,
    data = new Uint8Array(0),
    pid = 7,
  ): bigint {
    const bytes = new Uint8Array(40 + size + data.length);
    const view = new DataView(bytes.buffer);
    this.unique += 2n;
    view.setUint32(0, bytes.length, true);
    view.setUint32(4, opcode, true);
    view.setBigUint64(8, this.unique, true);
    view.setUint32(32, pid, true);
    body(new DataView(bytes.buffer, 40));
    bytes.set(data, 40 + size);
    const { unique } = this;
    this.device.take(bytes);
    return unique;
  }

  /** The answer with this number, taken away; undefined while there is none. */
  answer(unique: bigint): { readonly error: number; readonly body: DataView } | undefined {
    const at = this.answers.findIndex(view => view.getBigUint64(8, true) === unique);
    if (at < 0) return undefined;
    const [found] = this.answers.splice(at, 1) as [DataView];
    const body = new DataView(found.buffer, found.byteOffset + 16, found.byteLength - 16);
    return { error: found.getInt32(4, true), body };
  }

  open(flags = 2): bigint {
    const { body } = this.answer(this.send(OPCODES.open, view => view.setUint32(0, flags, true), 8))!;
    return body.getBigUint64(0, true);
  }

  release(fh: bigint): void {
    this.answer(this.send(OPCODES.release, view => view.setBigUint64(0, fh, true), 24));
  }

  /** Memory of the caller: everything from `base` on. */
  place(base: bigint, bytes: Uint8Array): bigint {
    this.memory.set(base, bytes);
    return base;
  }

  private range(base: bigint, length: number): Uint8Array | undefined {
    for (const [at, bytes] of this.memory) {
      const from = Number(base - at);
      if (base >= at && from + length <= bytes.length) return bytes.subarray(from, from + length);
    }
    return undefined;
  }

  /** The call of a thread as far as it gets: its result, or undefined while it sleeps. */
  ioctl(fh: bigint, command: bigint, argument: bigint, { pid = 7, flags = 2 } = {}): number | undefined {
    let read: Uint8Array[] = [];
    let write: Uint8Array[] = [];
    for (this.retries = 0; ; this.retries += 1) {
      const data = new Uint8Array(read.reduce((sum, { length }) => sum + length, 0));
      let filled = 0;
      for (const part of read) {
        data.set(part, filled);
        filled += part.length;
      }
      const room = write.reduce((sum, { length }) => sum + length, 0);
      const body = (view: DataView) => {
        view.setBigUint64(0, fh, true);
        view.setUint32(8, flags, true);
        view.setUint32(12, Number(command), true);
        view.setBigUint64(16, argument, true);
        view.setUint32(24, data.length, true);
        view.setUint32(28, room, true);
      };
      const unique = this.send(OPCODES.ioctl, body, 32, data, pid);
      this.last = unique;
      const found = this.answer(unique);
      if (!found) return undefined;
      const { body: answer } = found;
      if ((answer.getUint32(4, true) & 4) === 0) return this.ended(answer, write);
      const counts = [answer.getUint32(8, true), answer.getUint32(12, true)] as const;
      const pieces = Array.from({ length: counts[0] + counts[1] }, (_, at) =>
        this.range(answer.getBigUint64(16 + 16 * at, true), Number(answer.getBigUint64(24 + 16 * at, true))),
      );
      read = pieces.slice(0, counts[0]) as Uint8Array[];
      write = pieces.slice(counts[0]) as Uint8Array[];
      if (read.includes(undefined as never)) return -EFAULT;
    }
  }

  /** Number of the last request. */
  last = 0n;

  private ended(answer: DataView, write: readonly Uint8Array[]): number {
    let from = answer.byteOffset + 16;
    let left = answer.byteLength - 16;
    for (const piece of write) {
      const count = Math.min(left, piece?.length ?? left);
      if (count > 0 && !piece) return -EFAULT;
      piece?.set(new Uint8Array(answer.buffer, from, count));
      from += count;
      left -= count;
    }
    return answer.getInt32(0, true);
  }
}
