/** The memory and the descriptors of the process that calls, as the model looks at them. */
import { AddressSpace, type Descriptor, MemoryFault, type OpenFile } from '../../reference/index.ts';
import type { Channel, ClientCall } from './channel.ts';
import type { EventFiles } from './event-files.ts';

const NEW = (1n << 64n) - 1n;
const PAGE = 4096n;
const O_CLOEXEC = 0o2000000n;
/** As the supervisor numbers them. */
const FILE_KINDS: readonly string[] = ['node', 'dma-buf', 'sync-file', 'syncobj'];

export class ClientMemory extends AddressSpace {
  private readonly channel: Channel;
  caller: ClientCall | undefined;

  constructor(channel: Channel) {
    super();
    this.channel = channel;
  }

  /** Memory of objects is mapped by the process itself. */
  override map(): void {}
  override unmap(): [] {
    return [];
  }

  /** Where a range lies in what the call has brought along. */
  private inArgument(address: bigint, length: bigint, most: bigint): number | undefined {
    const from = address - this.caller!.args[2]!;
    return from >= 0n && from + length <= most ? Number(from) : undefined;
  }

  private rights(address: bigint, length: bigint, writing: boolean): boolean {
    if (length === 0n) return true;
    const { known, writable } = this.caller!;
    if (this.inArgument(address, length, writing ? writable : BigInt(known.length)) !== undefined)
      return true;
    return this.channel.ask('rights', [this.caller!.pid, address, length, writing ? 1n : 0n]).result === 1n;
  }

  override readable(address: bigint, length: bigint): boolean {
    return this.rights(address, length, false);
  }

  override writable(address: bigint, length: bigint): boolean {
    return this.rights(address, length, true);
  }

  override mapped(address: bigint, length: bigint): boolean {
    return this.readable(address, length);
  }

  override readNow(address: bigint, length: number): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    const { id, pid, known } = this.caller!;
    const at = this.inArgument(address, BigInt(length), BigInt(known.length));
    if (at !== undefined) return Uint8Array.from(known.subarray(at, at + length));
    const { result, bytes } = this.channel.ask('read', [id, pid, address, BigInt(length)]);
    if (result < BigInt(length)) throw new MemoryFault(address + (result < 0n ? 0n : result));
    return bytes;
  }

  override write(address: bigint, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const { id, pid, known, writable } = this.caller!;
    const at = this.inArgument(address, BigInt(bytes.length), writable);
    if (at !== undefined && at + bytes.length <= known.length) {
      known.set(bytes, at);
      this.channel.tell('write', [id, pid, address], bytes);
      return;
    }
    const { result } = this.channel.ask('write', [id, pid, address], bytes);
    if (result < BigInt(bytes.length)) throw new MemoryFault(address + (result < 0n ? 0n : result));
  }

  override fill(address: bigint, length: number, byte: number): void {
    this.write(address, new Uint8Array(length).fill(byte));
  }

  override text(address: bigint): string {
    const all: number[] = [];
    for (let at = address; ; ) {
      const part = this.readNow(at, Number(PAGE - (at % PAGE)));
      const end = part.indexOf(0);
      all.push(...(end < 0 ? part : part.subarray(0, end)));
      if (end >= 0) return new TextDecoder().decode(Uint8Array.from(all));
      at += BigInt(part.length);
    }
  }
}

/** Which file a number of the calling process means is asked each time: it may have come from anywhere. */
export class ClientDescriptors extends Map<bigint, Descriptor> {
  private readonly channel: Channel;
  private readonly files: Map<bigint, Descriptor>;
  private readonly events: EventFiles;
  private number = 0n;
  caller: ClientCall | undefined;
  /** What the running call has opened, by descriptor. */
  private readonly fresh = new Map<bigint, bigint>();

  constructor(channel: Channel, files: Map<bigint, Descriptor>, events: EventFiles) {
    super();
    this.channel = channel;
    this.events = events;
    this.files = files;
  }

  begin(caller: ClientCall): void {
    this.caller = caller;
    this.fresh.clear();
  }

  private resolve(descriptor: bigint): bigint {
    const { file, descriptor: own } = this.caller!;
    if (file > 0n && descriptor === own) return file;
    return this.channel.ask('resolve', [this.caller!.pid, descriptor]).result;
  }

  override get(descriptor: bigint): Descriptor | undefined {
    const number = this.fresh.get(descriptor) ?? this.resolve(descriptor);
    if (number < 0n) return undefined;
    const served = this.files.get(number);
    if (served) return served;
    const counter = this.caller!.kind === 'ioctl' ? this.events.counter(this.caller!, descriptor) : undefined;
    return { file: counter ? { kind: 'eventfd', object: counter } : OTHER, closeOnExec: false };
  }

  override has(descriptor: bigint): boolean {
    return this.resolve(descriptor) >= 0n;
  }

  /** Opens a descriptor in the process, with the flags of an open file; a negative number is an errno. */
  reserve(flags: bigint): bigint {
    this.number += 1n;
    const { result } = this.channel.ask('install', [this.caller!.id, this.number, flags | O_CLOEXEC, NEW]);
    if (result >= 0n) this.fresh.set(result, this.number);
    return result;
  }

  override set(descriptor: bigint, made: Descriptor): this {
    const number = this.fresh.get(descriptor);
    if (number === undefined) return this;
    this.files.set(number, made);
    const { file } = made;
    const size = 'object' in file ? (file.object.properties.get('size') ?? 0n) : 0n;
    this.channel.tell('kind', [number, BigInt(Math.max(FILE_KINDS.indexOf(file.kind), 0)), size]);
    if (!made.closeOnExec) this.channel.tell('install', [this.caller!.id, number, 0n, descriptor]);
    return this;
  }
}

/** A file that is not served. */
const OTHER: OpenFile = { kind: 'text', content: new Uint8Array(0) };
