/** poll() and select(): descriptors that are served, by the model, beside others, as the kernel has them. */
import { Blocked, type Machine, type StepOutcome } from '../../reference/index.ts';
import { systemConstant } from '../../schemas/index.ts';
import { now } from '../served/live-machine.ts';
import type { Channel, ClientCall } from './channel.ts';
import type { World } from './served-machine.ts';

const POLLFD_BYTES = 8;
const NS_PER_MS = 1_000_000n;
/** Descriptors of a word of a set. */
const WORD = 64;
/** Of a file without a poll operation: POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM (include/linux/poll.h: DEFAULT_POLLMASK). */
const ALWAYS = 0x145;
const [IN, OUT, PRI, ERR, HUP, NVAL] = ['IN', 'OUT', 'PRI', 'ERR', 'HUP', 'NVAL'].map(name =>
  Number(systemConstant(`POLL${name}`)),
) as [number, number, number, number, number, number];
/** What each of the three sets asks for, and what counts as an answer (fs/select.c: POLLIN_SET, POLLOUT_SET, POLLEX_SET). */
const SETS = [
  { asks: IN, answers: IN | HUP | ERR },
  { asks: OUT, answers: OUT | ERR },
  { asks: PRI, answers: PRI },
] as const;

/** A struct pollfd. */
interface Polled {
  readonly descriptor: number;
  readonly events: number;
  revents: number;
}

export class ServedWaits {
  private readonly channel: Channel;
  private readonly machine: Machine;
  private readonly world: World;

  constructor(channel: Channel, machine: Machine, world: World) {
    this.channel = channel;
    this.machine = machine;
    this.world = world;
  }

  poll(call: ClientCall): StepOutcome {
    const [address = 0n, count = 0n, timeout = 0n] = call.args;
    const bytes = this.machine.memory.readNow(address, Number(count) * POLLFD_BYTES);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const all: Polled[] = [];
    for (let at = 0; at < bytes.length; at += POLLFD_BYTES)
      all.push({ descriptor: view.getInt32(at, true), events: view.getUint16(at + 4, true), revents: 0 });
    this.ask(call, all);
    const ready = all.filter(({ revents }) => revents !== 0).length;
    const limit = BigInt.asIntN(32, timeout);
    if (ready === 0) this.sleep(limit < 0n ? undefined : limit * NS_PER_MS);
    for (const [at, { revents }] of all.entries()) view.setUint16(at * POLLFD_BYTES + 6, revents, true);
    this.machine.memory.write(address, bytes);
    return this.machine.done(BigInt(ready));
  }

  /** The rest of the time is not told. */
  select(call: ClientCall): StepOutcome {
    const { memory } = this.machine;
    const [count = 0n, ...pointers] = call.args;
    const limit = BigInt.asIntN(64, call.args[4] ?? 0n);
    const words = Math.ceil(Number(count) / WORD);
    const sets = SETS.map((kind, at) => {
      const address = pointers[at] ?? 0n;
      const asked = new BigUint64Array(words);
      if (address !== 0n) new Uint8Array(asked.buffer).set(memory.readNow(address, 8 * words));
      return { ...kind, address, asked };
    });
    const isIn = (set: BigUint64Array, fd: number) => (set[Math.floor(fd / WORD)]! >> BigInt(fd % WORD)) & 1n;
    const all: Polled[] = [];
    for (let fd = 0; fd < Number(count); fd += 1) {
      const events = sets.reduce((sum, { asks, asked }) => (isIn(asked, fd) ? sum | asks : sum), 0);
      if (events !== 0) all.push({ descriptor: fd, events, revents: 0 });
    }
    this.ask(call, all);
    if (all.some(({ revents }) => revents & NVAL)) return this.machine.fail('EBADF');
    let ready = 0n;
    const told = sets.map(({ asked, answers }) => {
      const set = new BigUint64Array(words);
      for (const { descriptor: fd, revents } of all) {
        if (!(revents & answers) || !isIn(asked, fd)) continue;
        set[Math.floor(fd / WORD)]! |= 1n << BigInt(fd % WORD);
        ready += 1n;
      }
      return set;
    });
    if (ready === 0n) this.sleep(limit < 0n ? undefined : limit);
    for (const [at, { address }] of sets.entries())
      if (address !== 0n) memory.write(address, new Uint8Array(told[at]!.buffer));
    return this.machine.done(ready);
  }

  /** What is ready now. */
  private ask({ pid }: ClientCall, all: readonly Polled[]): void {
    const others: Polled[] = [];
    for (const each of all) {
      if (each.descriptor < 0) continue;
      const descriptor = BigInt(each.descriptor);
      const file = this.machine.descriptors.get(descriptor)?.file;
      if (!file || file.kind === 'text') others.push(each);
      else if (file.kind === 'syncobj') each.revents = each.events & ALWAYS;
      else {
        const { ret } = this.machine.attempt('poll', [descriptor, BigInt(each.events), 0n]);
        each.revents = Number(ret < 0n ? 0n : ret);
      }
    }
    if (others.length === 0) return;
    const asked = new DataView(new ArrayBuffer(POLLFD_BYTES * others.length));
    for (const [at, { descriptor, events }] of others.entries()) {
      asked.setInt32(at * POLLFD_BYTES, descriptor, true);
      asked.setUint16(at * POLLFD_BYTES + 4, events, true);
    }
    const { bytes } = this.channel.ask('pollOthers', [pid], new Uint8Array(asked.buffer));
    for (const [at, each] of others.entries()) each.revents = bytes.readUInt16LE(at * POLLFD_BYTES + 6);
  }

  /** Lets the call sleep until something may be ready: when each fence ends, only the model knows. Returns when the time is over. */
  private sleep(limit: bigint | undefined): void {
    const end = limit === undefined ? undefined : (this.world.began ?? 0n) + limit;
    if (end !== undefined && end <= now()) return;
    const soon = now() + NS_PER_MS;
    throw new Blocked(end !== undefined && end < soon ? end : soon);
  }
}
