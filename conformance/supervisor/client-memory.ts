/** The memory and the descriptors of the process that calls, as the model looks at them. */
import { AddressSpace, type Descriptor, MemoryFault, type OpenFile } from '../../reference/index.ts';
import type { Channel, ClientCall } from './channel.ts';

const NEW = (1n << 64n) - 1n;
const PAGE = 4096n;

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

  private rights(address: bigint, length: bigint, writing: boolean): boolean {
    if (length === 0n) return true;
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
    const { id, pid } = this.caller!;
    const { result, bytes } = this.channel.ask('read', [id, pid, address, BigInt(length)]);
    if (result < BigInt(length)) throw new MemoryFault(address + (result < 0n ? 0n : result));
    return bytes;
  }

  override write(address: bigint, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const { id, pid } = this.caller!;
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
  private number = 0n;
  caller: ClientCall | undefined;
  /** What the running call has opened, by descriptor. */
  private readonly fresh = new Map<bigint, bigint>();

  constructor(channel: Channel, files: Map<bigint, Descriptor>) {
    super();
    this.channel = channel;
    this.files = files;
  }

  begin(caller: ClientCall): void {
    this.caller = caller;
    this.fresh.clear();
  }

  private resolve(descriptor: bigint): bigint {
    return this.channel.ask('resolve', [this.caller!.pid, descriptor]).result;
  }

  override get(descriptor: bigint): Descriptor | undefined {
    const number = this.fresh.get(descriptor) ?? this.resolve(descriptor);
    if (number < 0n) return undefined;
    return this.files.get(number) ?? { file: OTHER, closeOnExec: false };
  }

  override has(descriptor: bigint): boolean {
    return this.resolve(descriptor) >= 0n;
  }

  /** Opens a descriptor in the process; a negative number is an errno. */
  reserve(): bigint {
    this.number += 1n;
    const { result } = this.channel.ask('install', [this.caller!.id, this.number, 1n, NEW]);
    if (result >= 0n) this.fresh.set(result, this.number);
    return result;
  }

  override set(descriptor: bigint, made: Descriptor): this {
    const number = this.fresh.get(descriptor);
    if (number === undefined) return this;
    this.files.set(number, made);
    if (!made.closeOnExec) this.channel.ask('install', [this.caller!.id, number, 0n, descriptor]);
    return this;
  }
}

/** A file that is not served. */
const OTHER: OpenFile = { kind: 'text', content: new Uint8Array(0) };
