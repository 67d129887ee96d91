/** How each kind of call ends: by the model, on what only the supervisor can reach. */
import { fdinfo, type Machine, MemoryFault, openNode, type StepOutcome } from '../../reference/index.ts';
import { fieldOf, layoutOf, type Op, readScalar } from '../../schemas/index.ts';
import type { Channel, ClientCall } from './channel.ts';
import type { Jobs } from './jobs.ts';
import { type ObjectMemory, sizeOf } from './object-memory.ts';
import type { World } from './served-machine.ts';
import { ServedWaits } from './waits.ts';

const O_CLOEXEC = 0o2000000n;
const O_NONBLOCK = 0o4000;
const O_RDWR = 2n;
const O_ACCMODE = 3;
/** fdinfo of a file that tells nothing of itself (fs/proc/fd.c). */
const NO_INFO = 'pos:\t0\nflags:\t02000002\nmnt_id:\t1\nino:\t1\n';
/** Makes a buffer of what a job will do, from memory of the caller. */
const COMMANDS_MADE = 'DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE';

export class ServedCalls {
  private readonly channel: Channel;
  private readonly machine: Machine;
  private readonly world: World;
  private readonly memory: ObjectMemory;
  private readonly jobs: Jobs;
  private readonly waits: ServedWaits;

  constructor(channel: Channel, machine: Machine, world: World, memory: ObjectMemory, jobs: Jobs) {
    this.channel = channel;
    this.machine = machine;
    this.world = world;
    this.memory = memory;
    this.jobs = jobs;
    this.waits = new ServedWaits(channel, machine, world);
  }

  /** How the call ends; undefined when it has been answered. */
  attempt(call: ClientCall): StepOutcome | undefined {
    try {
      return this.dispatch(call);
    } catch (error) {
      if (error instanceof MemoryFault) return this.machine.fail('EFAULT');
      throw error;
    }
  }

  private dispatch(call: ClientCall): StepOutcome | undefined {
    const { args } = call;
    const arg = (index: number) => args[index] ?? 0n;
    switch (call.kind) {
      case 'open':
        return this.open(arg(0), arg(1), arg(2));
      case 'read':
      case 'write':
      case 'lseek':
        return this.onFile(call);
      case 'ioctl':
        return this.ioctl(call);
      case 'mmap':
        return this.map(call);
      case 'poll':
        return this.waits.poll(call);
      case 'select':
        return this.waits.select(call);
      case 'fdinfo': {
        const text = fdinfo(this.machine, `/proc/self/fdinfo/${arg(0)}`) ?? NO_INFO;
        const closeOnExec = (arg(1) & O_CLOEXEC) !== 0n ? 1n : 0n;
        const { result } = this.channel.ask('text', [call.id, closeOnExec], new TextEncoder().encode(text));
        if (result < 0n) this.channel.reply(call.id, 0n, Number(-result));
        else this.channel.reply(call.id, result);
        return undefined;
      }
    }
  }

  private ioctl({ args, file, known }: ClientCall): StepOutcome {
    const outcome = this.machine.attempt('ioctl', args.slice(0, 3));
    if (outcome.open && outcome.errno)
      process.stderr.write(
        `accel-uapi run: no description says what ioctl 0x${BigInt.asUintN(32, args[1]!).toString(16)} does here; it ends with ${outcome.errno}\n`,
      );
    const made = outcome.call;
    if (made?.name !== COMMANDS_MADE || outcome.errno) return outcome;
    const layout = layoutOf(this.machine.driver.types, made.argument!, this.machine.abi);
    if (known.length < layout.size) return outcome;
    // What a job will do stands in a buffer that nobody can map: it is looked at where it came from.
    const member = (name: string) => readScalar(known, fieldOf(layout, name));
    const node = this.world.files.get(file)?.file;
    const object = node?.kind === 'node' ? node.client.table('gem_handle').get(member('handle')) : undefined;
    const [data, size] = [member('data'), member('size')];
    if (object && this.machine.memory.readable(data, size))
      this.jobs.created(object, this.machine.memory.readNow(data, Number(size)));
    return outcome;
  }

  /**
   * The path leads to a node, or below /proc to an open file; what is in the memory of the client is no longer looked
   * at. Anonymous files cannot be opened by their paths (fs/libfs.c: no_open).
   */
  private open(flags: bigint, minor: bigint, through: bigint): StepOutcome {
    const file = this.world.files.get(through)?.file;
    if (file && file.kind !== 'node') return this.machine.fail('ENXIO');
    this.world.opening = flags;
    try {
      return openNode(this.machine, minor, flags);
    } finally {
      this.world.opening = O_RDWR;
    }
  }

  /** read(), write() and lseek(); the kernel looks at the mode of the file first (fs/read_write.c: vfs_read). */
  private onFile({ kind, args, file, status }: ClientCall): StepOutcome {
    const mode = status & O_ACCMODE;
    if ((kind === 'read' && mode === 1) || (kind === 'write' && mode === 0))
      return this.machine.fail('EBADF');
    const found = this.world.files.get(file)?.file;
    if (found?.kind === 'node') found.nonBlocking = (status & O_NONBLOCK) !== 0;
    return this.machine.attempt(kind as Op, args.slice(0, 3));
  }

  /** The model says whether it may be; the kernel maps the memory at the same offset of the nodes' file. */
  private map(call: ClientCall): StepOutcome | undefined {
    const [, length = 0n, prot = 0n, flags = 0n, descriptor = 0n, offset = 0n] = call.args;
    const file = this.machine.descriptors.get(descriptor)?.file;
    if (file && file.kind !== 'node') {
      process.stderr.write(
        'accel-uapi run: a dma-buf cannot be mapped here; map the buffer through a node\n',
      );
      return this.machine.fail('ENODEV');
    }
    const object = file?.client.device.stable.get('mmap_offset')?.get(offset);
    // The pages are in the nodes' file; the model's own are never touched.
    if (object) object.memory ??= new Uint8Array(Number(sizeOf(object)));
    this.machine.mappings.clear();
    const outcome = this.machine.attempt('mmap', [0n, length, prot, flags, descriptor, offset]);
    if (outcome.errno) return outcome;
    this.world.mappings.push(...this.machine.mappings.values());
    this.machine.mappings.clear();
    if (object) this.memory.map(object, offset);
    this.channel.goOn(call.id);
    return undefined;
  }
}
