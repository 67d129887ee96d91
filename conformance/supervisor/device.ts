/** One machine of the model for all processes that are served: their descriptors and mappings are the kernel's. */
import {
  Blocked,
  type Descriptor,
  Entered,
  fdinfo,
  firstCheck,
  firstMinor,
  Machine,
  type Mapping,
  machineFiles,
  nodeNames,
  openNode,
  profileParams,
  type ReferenceOptions,
  releaseClients,
  type StepOutcome,
} from '../../reference/index.ts';
import { type AbiName, errnoNumber, type Op } from '../../schemas/index.ts';
import type { Channel, ClientCall } from './channel.ts';
import { ClientDescriptors, ClientMemory } from './client-memory.ts';
import { EventFiles } from './event-files.ts';

const PAGE_SIZE = 4096;
/** All that is open in any process stands in the table of one forked process. */
const EVERYONE = 0n;
const O_CLOEXEC = 0o2000000n;
const O_NONBLOCK = 0o4000;
const O_RDWR = 2n;
const O_ACCMODE = 3;
const CAP_SYS_ADMIN = 1n << 21n;
const POLLFD_BYTES = 8n;
const NS_PER_MS = 1_000_000n;
/** So often it is looked whether a signal waits for a call that sleeps. */
const SIGNALS_NS = 5n * NS_PER_MS;
/** include/linux/errno.h: what the kernel makes of them depends on the handler. */
const EINTR = 4;
const ERESTARTSYS = 512;
const ERESTARTNOHAND = 514;
const ABIS_HERE: Readonly<Record<string, AbiName>> = { x64: 'x86_64', arm64: 'aarch64', riscv64: 'riscv64' };

/** A call that sleeps. It is looked at again after every other one, and when its time has come. */
interface Asleep {
  readonly call: ClientCall;
  readonly entered: Entered;
  readonly began: bigint;
  until: bigint | undefined;
}

const now = (): bigint => process.hrtime.bigint();

export class ServedDevice {
  private readonly options: ReferenceOptions;
  readonly names;
  private readonly minor: number;
  private readonly files = new Map<bigint, Descriptor>();
  private readonly mappings: Mapping[] = [];
  /** Whose memory is at an offset of the nodes' file. */
  private readonly owners = new Map<bigint, unknown>();
  private readonly asleep = new Map<bigint, Asleep>();
  private began: bigint | undefined;
  /** The flags of the file that the running call opens. */
  private opening = O_RDWR;

  constructor(options: ReferenceOptions) {
    this.options = options;
    const kind = options.driver.manifest.node ?? 'accel';
    this.minor = firstMinor(kind);
    this.names = { ...nodeNames(kind, this.minor), minor: this.minor };
  }

  /** Answers all calls until no process is left; gives the exit status of the command. */
  answer(channel: Channel): number {
    const events = new EventFiles(channel);
    const { machine, memory, descriptors } = this.build(channel, events);
    // What a call has signalled is there when it returns.
    const settle = () => events.settle(machine.clock, file => this.files.has(file));
    for (;;) {
      settle();
      const { gone, call, end } = channel.next(this.first(events));
      if (end !== undefined) return end;
      for (const number of gone) this.forget(number);
      const lost = this.endInterrupted(channel, machine);
      if (gone.length > 0 || lost) releaseClients(machine);
      const look = (entry: Asleep) => {
        memory.caller = entry.call;
        descriptors.begin(entry.call);
        this.look(channel, machine, entry, settle);
      };
      if (call) look({ call, entered: new Entered(), began: now(), until: undefined });
      for (const entry of [...this.asleep.values()]) {
        if (entry.call === call) continue;
        look(entry);
      }
    }
  }

  private build(channel: Channel, events: EventFiles) {
    const { driver, faults = {}, profile } = this.options;
    const memory = new ClientMemory(channel);
    const descriptors = new ClientDescriptors(channel, this.files, events);
    const clock = {
      now,
      sleep: (until: bigint) => {
        if (until > now()) throw new Blocked(until);
      },
      get began() {
        return served.began;
      },
    };
    const served = this;
    const machine = new Machine(
      {
        driver,
        abi: ABIS_HERE[process.arch] ?? 'x86_64',
        pageSize: PAGE_SIZE,
        params: this.options.params ?? profileParams(driver, profile),
        minor: this.minor,
        nodePath: this.names.path,
        clock,
        oracle: firstCheck,
        faults,
        files: machineFiles(this.minor, faults, driver.manifest.node ?? 'accel', driver.name),
        memory,
        descriptors,
      },
      { slots: 0, buffers: [], steps: [] },
    );
    machine.lowestDescriptor = () => descriptors.reserve(this.opening);
    machine.privileged = () => this.privileged(channel, descriptors.caller!);
    machine.descriptorInUse = descriptor => descriptors.has(descriptor);
    machine.children.set(EVERYONE, {
      descriptors: this.files,
      get mappings() {
        return served.mappings;
      },
    });
    return { machine, memory, descriptors };
  }

  private privileged(channel: Channel, { pid }: ClientCall): boolean {
    const { result } = channel.ask('capabilities', [pid]);
    return result >= 0n && (result & CAP_SYS_ADMIN) !== 0n;
  }

  /** When the first sleeping call is to be looked at, or a fence signals an eventfd. */
  private first(events: EventFiles): bigint | undefined {
    const ends = [...this.asleep.values()].flatMap(({ until }) => (until === undefined ? [] : [until]));
    if (this.asleep.size > 0) ends.push(now() + SIGNALS_NS);
    ends.push(...events.next());
    return ends.length === 0 ? undefined : ends.reduce((least, each) => (each < least ? each : least));
  }

  /** The last descriptor and the last mapping of a file have gone. */
  private forget(number: bigint): void {
    const file = this.files.get(number)?.file;
    this.files.delete(number);
    if (file?.kind !== 'node') return;
    const left = this.mappings.filter(({ client }) => client !== file.client);
    this.mappings.splice(0, this.mappings.length, ...left);
  }

  /**
   * Calls of threads that have died are no longer there, and hold nothing; those for which a signal waits end. The
   * kernel begins them again, or not, as the handler asks. One signal of a whole process ends one call, and never
   * silently: a thread that did not get it would see a number that only the kernel may see.
   */
  private endInterrupted(channel: Channel, { calls }: Machine): boolean {
    if (this.asleep.size === 0) return false;
    const entries = [...this.asleep.values()];
    const asked = BigUint64Array.from(entries.flatMap(({ call }) => [call.id, call.pid]));
    const { bytes } = channel.ask('pending', [], new Uint8Array(asked.buffer));
    let lost = false;
    let shared = false;
    for (const [at, { call, entered }] of entries.entries()) {
      const found = bytes.readBigInt64LE(16 * at);
      if (found === 0n || (found === 2n && shared)) continue;
      if (found === 2n) shared = true;
      if (found > 0n)
        channel.reply(
          call.id,
          0n,
          found === 2n ? EINTR : call.kind === 'poll' ? ERESTARTNOHAND : ERESTARTSYS,
        );
      this.asleep.delete(call.id);
      calls.asleep.delete(entered);
      lost = true;
    }
    return lost;
  }

  private look(channel: Channel, machine: Machine, entry: Asleep, settle: () => void): void {
    const { call, entered } = entry;
    const { calls } = machine;
    this.began = entry.began;
    calls.running = entered;
    try {
      const outcome = this.attempt(channel, machine, call);
      if (outcome?.status === 'deadline') throw new Blocked(-1n);
      settle();
      if (outcome) this.finish(channel, call, outcome);
      this.asleep.delete(call.id);
      calls.asleep.delete(entered);
    } catch (error) {
      if (!(error instanceof Blocked)) throw error;
      entered.resumed = true;
      entry.until = error.until < 0n ? undefined : error.until;
      this.asleep.set(call.id, entry);
      calls.asleep.add(entered);
    } finally {
      calls.running = undefined;
      this.began = undefined;
    }
  }

  private finish(channel: Channel, { id }: ClientCall, outcome: StepOutcome): void {
    if (outcome.errno) channel.reply(id, 0n, errnoNumber(outcome.errno));
    else channel.reply(id, outcome.ret);
  }

  /** How the call ends; undefined when it has been answered. */
  private attempt(channel: Channel, machine: Machine, call: ClientCall): StepOutcome | undefined {
    const { args } = call;
    const arg = (index: number) => args[index] ?? 0n;
    const act = (op: Op, words: readonly bigint[]) => machine.attempt(op, words);
    switch (call.kind) {
      case 'open':
        return this.open(machine, arg(0), arg(1), arg(2));
      case 'read':
      case 'write':
      case 'lseek':
        return this.onFile(machine, call);
      case 'ioctl':
        return act('ioctl', [arg(0), arg(1), arg(2)]);
      case 'mmap':
        return this.map(channel, machine, call);
      case 'poll':
        return this.poll(channel, machine, call);
      case 'fdinfo': {
        const text = fdinfo(machine, `/proc/self/fdinfo/${arg(0)}`) ?? '';
        const closeOnExec = (arg(1) & O_CLOEXEC) !== 0n ? 1n : 0n;
        const { result } = channel.ask('text', [call.id, closeOnExec], new TextEncoder().encode(text));
        if (result < 0n) channel.reply(call.id, 0n, Number(-result));
        else channel.reply(call.id, result);
        return undefined;
      }
    }
  }

  /**
   * The path leads to a node, or below /proc to an open file; what is in the memory of the client is no longer looked
   * at. Anonymous files cannot be opened by their paths (fs/libfs.c: no_open).
   */
  private open(machine: Machine, flags: bigint, minor: bigint, through: bigint): StepOutcome {
    const file = this.files.get(through)?.file;
    if (file && file.kind !== 'node') return machine.fail('ENXIO');
    this.opening = flags;
    try {
      return openNode(machine, minor, flags);
    } finally {
      this.opening = O_RDWR;
    }
  }

  /** read(), write() and lseek(); the kernel looks at the mode of the file first (fs/read_write.c: vfs_read). */
  private onFile(machine: Machine, { kind, args, file, status }: ClientCall): StepOutcome {
    const mode = status & O_ACCMODE;
    if ((kind === 'read' && mode === 1) || (kind === 'write' && mode === 0)) return machine.fail('EBADF');
    const found = this.files.get(file)?.file;
    if (found?.kind === 'node') found.nonBlocking = (status & O_NONBLOCK) !== 0;
    return machine.attempt(kind as Op, args.slice(0, 3));
  }

  /** The model says whether it may be; the kernel maps the memory at the same offset of the nodes' file. */
  private map(channel: Channel, machine: Machine, call: ClientCall): StepOutcome | undefined {
    const [, length = 0n, prot = 0n, flags = 0n, descriptor = 0n, offset = 0n] = call.args;
    const file = machine.descriptors.get(descriptor)?.file;
    if (file && file.kind !== 'node') {
      process.stderr.write(
        'accel-uapi run: a dma-buf cannot be mapped here; map the buffer through a node\n',
      );
      return machine.fail('ENODEV');
    }
    const object = file?.client.device.stable.get('mmap_offset')?.get(offset);
    const size = object?.properties.get('size') ?? 0n;
    // The pages are in the nodes' file; the model's own are never touched.
    if (object) object.memory ??= new Uint8Array(Number(size));
    machine.mappings.clear();
    const outcome = machine.attempt('mmap', [0n, length, prot, flags, descriptor, offset]);
    if (outcome.errno) return outcome;
    this.mappings.push(...machine.mappings.values());
    machine.mappings.clear();
    if (object && this.owners.get(offset) !== object) {
      channel.tell('punch', [offset, size]);
      this.owners.set(offset, object);
    }
    channel.goOn(call.id);
    return undefined;
  }

  private poll(channel: Channel, machine: Machine, call: ClientCall): StepOutcome | undefined {
    const [address = 0n, count = 0n, timeout = 0n] = call.args;
    const length = Number(count * POLLFD_BYTES);
    const bytes = machine.memory.readNow(address, length).slice();
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    const others: number[] = [];
    for (let at = 0; at < length; at += 8) {
      const descriptor = BigInt(view.getInt32(at, true));
      view.setInt16(at + 6, 0, true);
      if (descriptor < 0n) continue;
      const file = machine.descriptors.get(descriptor)?.file;
      if (!file || file.kind === 'text') {
        others.push(at);
        continue;
      }
      const { ret } = machine.attempt('poll', [descriptor, BigInt(view.getUint16(at + 4, true)), 0n]);
      view.setInt16(at + 6, Number(ret < 0n ? 0n : ret), true);
    }
    if (others.length > 0) {
      const asked = new Uint8Array(8 * others.length);
      for (const [index, at] of others.entries()) asked.set(bytes.subarray(at, at + 8), 8 * index);
      const told = channel.ask('pollOthers', [call.pid], asked).bytes;
      for (const [index, at] of others.entries()) bytes.set(told.subarray(8 * index, 8 * index + 8), at);
    }
    let ready = 0n;
    for (let at = 0; at < length; at += 8) if (view.getInt16(at + 6, true) !== 0) ready += 1n;
    const limit = BigInt.asIntN(32, timeout);
    const end = limit < 0n ? undefined : (this.began ?? 0n) + limit * NS_PER_MS;
    if (ready > 0n || (end !== undefined && end <= now())) {
      machine.memory.write(address, bytes);
      return machine.done(ready);
    }
    // Its fences are looked at again often: when each ends, only the model knows.
    const soon = now() + NS_PER_MS;
    throw new Blocked(end !== undefined && end < soon ? end : soon);
  }
}
