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

const PAGE_SIZE = 4096;
/** All that is open in any process stands in the table of one forked process. */
const EVERYONE = 0n;
const O_CLOEXEC = 0o2000000n;
const POLLFD_BYTES = 8n;
const NS_PER_MS = 1_000_000n;
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

  constructor(options: ReferenceOptions) {
    this.options = options;
    const kind = options.driver.manifest.node ?? 'accel';
    this.minor = firstMinor(kind);
    this.names = { ...nodeNames(kind, this.minor), minor: this.minor };
  }

  /** Answers all calls until no process is left; gives the exit status of the command. */
  answer(channel: Channel): number {
    const { machine, memory, descriptors } = this.build(channel);
    for (;;) {
      const { gone, call, end } = channel.next(this.rest());
      if (end !== undefined) return end;
      for (const number of gone) this.forget(number);
      const lost = this.dropLost(channel, machine);
      if (gone.length > 0 || lost) releaseClients(machine);
      const look = (entry: Asleep) => {
        memory.caller = entry.call;
        descriptors.begin(entry.call);
        this.look(channel, machine, entry);
      };
      if (call) look({ call, entered: new Entered(), began: now(), until: undefined });
      for (const entry of [...this.asleep.values()]) {
        if (entry.call === call) continue;
        look(entry);
      }
    }
  }

  private build(channel: Channel) {
    const { driver, faults = {}, profile } = this.options;
    const memory = new ClientMemory(channel);
    const descriptors = new ClientDescriptors(channel, this.files);
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
    machine.lowestDescriptor = () => descriptors.reserve();
    machine.descriptorInUse = descriptor => descriptors.has(descriptor);
    machine.children.set(EVERYONE, {
      descriptors: this.files,
      get mappings() {
        return served.mappings;
      },
    });
    return { machine, memory, descriptors };
  }

  /** ns until the first sleeping call is to be looked at. */
  private rest(): bigint | undefined {
    const ends = [...this.asleep.values()].flatMap(({ until }) => (until === undefined ? [] : [until]));
    if (ends.length === 0) return undefined;
    const left = ends.reduce((least, each) => (each < least ? each : least)) - now();
    return left > 0n ? left : 0n;
  }

  /** The last descriptor and the last mapping of a file have gone. */
  private forget(number: bigint): void {
    const file = this.files.get(number)?.file;
    this.files.delete(number);
    if (file?.kind !== 'node') return;
    const left = this.mappings.filter(({ client }) => client !== file.client);
    this.mappings.splice(0, this.mappings.length, ...left);
  }

  /** Calls that a signal has ended are no longer there, and hold nothing. */
  private dropLost(channel: Channel, { calls }: Machine): boolean {
    let lost = false;
    for (const [id, { call, entered }] of this.asleep) {
      if (channel.ask('read', [id, call.pid, 0n, 0n]).result >= 0n) continue;
      this.asleep.delete(id);
      calls.asleep.delete(entered);
      lost = true;
    }
    return lost;
  }

  private look(channel: Channel, machine: Machine, entry: Asleep): void {
    const { call, entered } = entry;
    const { calls } = machine;
    this.began = entry.began;
    calls.running = entered;
    try {
      const outcome = this.attempt(channel, machine, call);
      if (outcome?.status === 'deadline') throw new Blocked(-1n);
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
        return this.open(machine, arg(0));
      case 'ioctl':
        return act('ioctl', [arg(0), arg(1), arg(2)]);
      case 'mmap':
        return this.map(channel, machine, call);
      case 'poll':
        return this.poll(machine, call);
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

  /** The path is the node's; what is in the memory of the client is no longer looked at. */
  private open(machine: Machine, flags: bigint): StepOutcome {
    return openNode(machine, BigInt(this.minor), flags);
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
      channel.ask('punch', [offset, size]);
      this.owners.set(offset, object);
    }
    channel.goOn(call.id);
    return undefined;
  }

  private poll(machine: Machine, call: ClientCall): StepOutcome | undefined {
    const [address = 0n, count = 0n, timeout = 0n] = call.args;
    const length = Number(count * POLLFD_BYTES);
    const bytes = machine.memory.readNow(address, length).slice();
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    let ready = 0n;
    for (let at = 0; at < length; at += 8) {
      const descriptor = BigInt(view.getInt32(at, true));
      view.setInt16(at + 6, 0, true);
      if (descriptor < 0n) continue;
      const file = machine.descriptors.get(descriptor)?.file;
      if (file?.kind === 'text') {
        process.stderr.write(
          'accel-uapi run: poll of a served descriptor beside another one is not served\n',
        );
        return machine.fail('EOPNOTSUPP');
      }
      const { ret } = machine.attempt('poll', [descriptor, BigInt(view.getUint16(at + 4, true)), 0n]);
      if (ret > 0n) ready += 1n;
      view.setInt16(at + 6, Number(ret < 0n ? 0n : ret), true);
    }
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
