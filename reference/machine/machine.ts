/**
 * A simulated Linux machine with one accel device that runs programs step by step. The reference answers with it;
 * the judge runs it beside a trace to know what had to happen.
 */

import type {
  AbiName,
  DeviceMood,
  DriverDescription,
  FileKind,
  Op,
  Program,
  Step,
  Value,
} from '../../schemas/index.ts';
import { behaviourOf } from '../behaviour/index.ts';
import { addControl, endsClients, nodeIoctl } from '../drm/control-node.ts';
import { fileIoctl } from '../drm/file-ioctl.ts';
import { type IoctlHost, Undescribed } from '../drm/ioctl.ts';
import { mapNode, unmapRange } from '../drm/mmap.ts';
import { Device, type KernelObject } from '../drm/objects.ts';
import type { CoreFaults } from '../model/faults.ts';
import type { Oracle } from '../model/oracle.ts';
import type { Behaviour, Clock } from '../model/scene.ts';
import { Undetermined } from '../model/unknown.ts';
import type { SocketFile } from '../netlink/ops.ts';
import { access } from './access.ts';
import { AddressSpace, MemoryFault } from './address-space.ts';
import { answered } from './answered.ts';
import { hideNode } from './binding.ts';
import { BufferTable, type PlacedBuffer } from './buffers.ts';
import { loseSight, openFiles, releaseClients } from './clients.ts';
import { deviceParams } from './device-params.ts';
import { Calls, entry } from './entered.ts';
import type { MachineExtras } from './extras.ts';
import { copiedIn } from './fetches.ts';
import { runFileOp } from './file-ops.ts';
import type { FileTree } from './file-tree.ts';
import { allMappings, type Child, type Mapping } from './mapping.ts';
import { MEMORY_OPS, runMemoryOp } from './memory-ops.ts';
import type { OpenNode } from './node-ops.ts';
import { openPath } from './open-path.ts';
import { addPrimary } from './primary.ts';
import { PROCESS_OPS, runProcessOp } from './process-ops.ts';
import { repeat } from './repeat.ts';
import { standardDescriptors } from './standard-descriptors.ts';
import { captureOf, numberOf, storeFor } from './step-data.ts';
import type { StepOutcome } from './step-outcome.ts';

export type { StepOutcome };

export interface MachineOptions extends MachineExtras {
  readonly driver: DriverDescription;
  readonly abi: AbiName;
  readonly pageSize: number;
  /** Device parameters by name; `page_size` and `feature.*` are added. */
  readonly params: ReadonlyMap<string, bigint | string>;
  readonly minor: number;
  readonly nodePath: string;
  readonly oracle: Oracle;
  readonly faults?: CoreFaults;
  readonly files: FileTree;
  /** The memory and the descriptors of a real process, where one is served. */
  readonly memory?: AddressSpace;
  readonly descriptors?: Map<bigint, Descriptor>;
  /** Time; without it nothing ever happens by itself. */
  readonly clock?: Clock;
  /** How the device works on jobs. */
  readonly mood?: DeviceMood;
  /** Refuses a call for a reason of the machine: an errno, or undefined. */
  readonly admit?: (call: string, bindings: ReadonlyMap<string, KernelObject>) => string | undefined;
}

export type OpenFile =
  | ({ readonly kind: 'node' } & OpenNode)
  | { readonly kind: Exclude<FileKind, 'node'>; readonly object: KernelObject }
  | { readonly kind: 'text'; readonly content: Uint8Array }
  | SocketFile;

export interface Descriptor {
  readonly file: OpenFile;
  closeOnExec: boolean;
}

export const SIGSEGV = 11;
const SIGKILL = 9;
const CAP_SYS_ADMIN = 21n;
const NS_PER_MS = 1_000_000n;

/** A new process on the machine, about to run a program. */
export class Machine implements IoctlHost {
  readonly driver: DriverDescription;
  readonly abi: AbiName;
  readonly memory: AddressSpace;
  oracle: Oracle;
  readonly faults: CoreFaults;
  readonly files: FileTree;
  /** The device that the node leads to; while a call of a client is answered, the client's own. */
  device: Device;
  /** All devices that there were, the newest last. Descriptors of those that have gone may still be open. */
  readonly devices: Device[];
  /** The other node of the device, by which the kit makes buffers that the own one cannot. */
  readonly primary: ReturnType<typeof addPrimary>;
  readonly clock: Clock;
  readonly behaviour: Behaviour;
  readonly descriptors: Map<bigint, Descriptor>;
  readonly slots: bigint[] = [];
  program: Program;
  private readonly table: BufferTable;
  readonly buffers: readonly PlacedBuffer[];
  /** The buffers that the step wrote to so far, by index, with their content before it. */
  readonly written: Map<number, Uint8Array>;
  readonly options: MachineOptions;
  readonly log: { level: number; text: string }[] = [];
  /** How each step ended so far; none for a step that the model left out. */
  readonly outcomes: (StepOutcome | undefined)[] = [];
  /** Processes that were forked, by their number. */
  readonly children = new Map<bigint, Child>();
  /** Next address that mmap gives. */
  nextMapping = 0x7e00_0000_0000n;

  constructor(options: MachineOptions, program: Program) {
    this.options = options;
    this.memory = options.memory ?? new AddressSpace();
    this.descriptors = options.descriptors ?? standardDescriptors();
    this.program = program;
    this.driver = options.driver;
    this.abi = options.abi;
    this.oracle = options.oracle;
    this.faults = options.faults ?? {};
    this.files = options.files;
    this.clock = options.clock ?? { now: () => 0n };
    const strict = behaviourOf(options.driver.name);
    this.behaviour = this.faults.behaviour?.(strict) ?? strict;
    this.primary = addPrimary(options);
    addControl(options);
    this.device = new Device(BigInt(options.minor), deviceParams(options), options.mood);
    this.devices = [this.device];
    this.table = new BufferTable(options, this.memory);
    this.buffers = this.table.placed;
    this.written = this.table.written;
    this.grow(program);
  }

  /** The program has been added to: it begins with all that it had. */
  grow(program: Program): void {
    this.program = program;
    while (this.slots.length < program.slots) this.slots.push(0n);
    this.table.place(program.buffers);
  }

  value(value: Value): bigint {
    return numberOf(this, value);
  }

  minorExists(minor: bigint): boolean {
    if (minor !== this.device.minor && minor !== this.primary?.minor) return false;
    return this.device.present || this.faults.unplug === 'still-opens';
  }

  /** Does something on another device than the one that the node leads to. */
  within<T>(device: Device, act: () => T): T {
    const node = this.device;
    this.device = device;
    try {
      return act();
    } finally {
      this.device = node;
    }
  }

  addDescriptor = (descriptor: bigint, kind: FileKind, object: KernelObject, closeOnExec: boolean): void => {
    if (kind === 'node') throw new Error('a node is opened by its client');
    this.descriptors.set(descriptor, { file: { kind, object }, closeOnExec });
  };

  isOpen(descriptor: bigint, kind?: FileKind): boolean {
    const file = this.descriptors.get(BigInt.asIntN(32, descriptor))?.file;
    if (!file && this.blind) throw new Undetermined(`descriptor ${descriptor}`);
    return file !== undefined && (kind === undefined || file.kind === kind);
  }

  objectOf(descriptor: bigint, kind: FileKind): KernelObject | undefined {
    const file = this.descriptors.get(BigInt.asIntN(32, descriptor))?.file;
    return file?.kind === kind && 'object' in file ? file.object : undefined;
  }

  /** Effective capabilities of the process, as in CapEff. */
  capabilities = 0xffff_ffff_ffn;

  privileged(): boolean {
    return (this.capabilities >> CAP_SYS_ADMIN) % 2n === 1n;
  }

  /** A length rounded up to whole pages, as the kernel's memory management does (PAGE_ALIGN). */
  wholePages(length: bigint): bigint {
    const page = BigInt(this.options.pageSize);
    return ((length + page - 1n) / page) * page;
  }

  /** By their addresses. */
  readonly mappings = new Map<bigint, Mapping>();

  /** Number of the step that was prepared last. */
  private current = -1;

  /** Number of the step that runs. */
  get step(): number {
    return this.current;
  }

  /** A call that was only followed, or whose result could not be seen, may have opened descriptors that nobody knows. */
  private blind = false;

  descriptorUnseen = (): void => {
    this.blind = true;
  };

  /** The answer for a descriptor that the model does not know. */
  badDescriptor(): StepOutcome {
    return { ...this.fail('EBADF'), ...(this.blind ? { open: true } : {}) };
  }

  /** Mappings of which the model knows only that they exist. */
  readonly opaque: { readonly base: bigint; readonly length: bigint }[] = [];

  /** Whether anything still refers to an object; the kernel frees it, and its mmap offset, with the last reference. */
  alive = (object: KernelObject): boolean =>
    this.referred(object) ||
    this.devices.some(device => this.behaviour.holds?.(device, object, this.clock) === true);

  /** Whether only work refers to an object that is alive, of which nobody saw whether it is over. */
  mayBeGone = (object: KernelObject): boolean => !this.clock.sleep && !this.referred(object);

  private referred = (object: KernelObject): boolean =>
    this.devices.some(({ clients }) => [...clients].some(client => client.holds(object))) ||
    openFiles(this).some(file => 'object' in file && file.object === object) ||
    this.mapped(object);

  mapped = (object: KernelObject): boolean => allMappings(this).some(mapping => mapping.object === object);

  descriptorInUse = (descriptor: bigint): boolean => this.descriptors.has(descriptor);

  lowestDescriptor = (): bigint => {
    let descriptor = 0n;
    while (this.descriptors.has(descriptor)) descriptor += 1n;
    return descriptor;
  };

  /** The descriptor that the running step returns. */
  newDescriptor(): bigint {
    const choice = {
      what: 'descriptor',
      field: 'return',
      propose: this.lowestDescriptor,
      wrong: () => undefined,
    } as const;
    return this.oracle.choose(choice, { kind: 'return' }) ?? this.lowestDescriptor();
  }

  /** Stores the bytes and values that a step wants in its buffers before it runs; without a number it is the next one. */
  prepare(step: Step, number = this.current + 1): void {
    this.begin(number);
    storeFor(this, step);
  }

  /** The step that is prepared runs, or goes on. */
  begin(number: number): void {
    this.written.clear();
    this.current = number;
  }

  /** Lets the time pass. */
  rest(milliseconds: bigint): void {
    const { clock } = this;
    if (this.letOthersIn) clock.sleep?.((clock.began ?? clock.now()) + milliseconds * NS_PER_MS);
  }

  /** Set while steps run in lanes. */
  letOthersIn: (() => void) | undefined;

  readonly calls: Calls = new Calls(this);

  /** Keeps the numbers that later steps use. */
  capture(step: Step, ret: bigint): void {
    captureOf(this, step, ret);
  }

  /** Runs the call of a prepared step. */
  run(step: Step): StepOutcome {
    const outcome = this.call(step);
    this.outcomes[this.current] = outcome;
    return outcome;
  }

  /** The same, unrecorded: for a step that is repeated. */
  call(step: Step): StepOutcome {
    return this.attempt(
      step.op,
      step.args.map(arg => this.value(arg)),
    );
  }

  /** One call with its arguments as they are. */
  attempt(op: Op, args: readonly bigint[]): StepOutcome {
    try {
      return this.dispatch(op, args);
    } catch (error) {
      if (error instanceof MemoryFault) return this.fail('EFAULT');
      if (error instanceof Undescribed || error instanceof Undetermined) {
        this.blind = true;
        loseSight(this);
        return { ...this.fail('EINVAL'), open: true };
      }
      throw error;
    }
  }

  done(ret: bigint): StepOutcome {
    return { status: 'done', ret, signal: 0, origins: [] };
  }

  fail(errno: string): StepOutcome {
    return { status: 'done', ret: -1n, errno, signal: 0, origins: [] };
  }

  private dispatch(op: Op, args: readonly bigint[]): StepOutcome {
    const arg = (index: number) => args[index] ?? 0n;
    switch (op) {
      case 'open':
        return openPath(this, arg(0), arg(1));
      case 'close':
        return this.close(arg(0));
      case 'ioctl':
        return copiedIn(this, () => this.ioctl(arg(0), arg(1), arg(2)));
      case 'mmap':
        return mapNode(this, {
          length: arg(1),
          prot: arg(2),
          flags: arg(3),
          descriptor: arg(4),
          offset: arg(5),
        });
      case 'munmap':
        return unmapRange(this, arg(0), arg(1));
      case 'load':
      case 'store':
        return access(this, op, arg(0), Number(arg(1)), arg(2));
      case 'repeat':
        return repeat(this, arg(0), arg(1), arg(2));
      case 'dup': {
        const descriptor = this.descriptors.get(arg(0));
        if (!descriptor) return this.badDescriptor();
        const copy = this.newDescriptor();
        this.descriptors.set(copy, { ...descriptor, closeOnExec: false });
        return this.done(copy);
      }
      default:
        if (PROCESS_OPS.has(op)) return runProcessOp(this, op, args);
        return MEMORY_OPS.has(op) ? runMemoryOp(this, op, args) : runFileOp(this, op, args);
    }
  }

  private close(descriptor: bigint): StepOutcome {
    const found = this.descriptors.get(descriptor);
    if (!found) return this.badDescriptor();
    if (this.faults.split?.('close') === 'checked') this.letOthersIn?.();
    this.descriptors.delete(descriptor);
    const { file } = found;
    if (this.faults.unplug === 'close-sticks' && file.kind === 'node' && !file.client.device.present)
      return { status: 'deadline', ret: 0n, signal: SIGKILL, origins: [] };
    if (file.kind === 'node' && (this.faults.closeAll || endsClients(this, file.client)))
      this.device.clients.clear();
    releaseClients(this);
    return this.done(0n);
  }

  private ioctl(descriptor: bigint, request: bigint, address: bigint): StepOutcome {
    const found = entry(this, descriptor);
    if (!found) return this.badDescriptor();
    const { file } = found;
    if (file.kind === 'text' || file.kind === 'eventfd' || file.kind === 'netlink')
      return { ...this.fail('ENOTTY'), open: true };
    if (file.kind !== 'node')
      return answered(this, fileIoctl(this, file.kind, file.object, request, address));
    const { device } = file.client;
    if (!device.clients.has(file.client)) return this.fail('ENODEV');
    const result = this.within(device, () => nodeIoctl(this, file.client, request, address));
    if (!device.present) hideNode(this, device);
    return answered(this, result);
  }
}
