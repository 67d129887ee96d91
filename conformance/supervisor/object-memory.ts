/**
 * What the buffers of the device hold. Once a buffer was mapped its bytes are in the nodes' file, at its offset; before,
 * nobody but jobs has seen them.
 */
import type { KernelObject } from '../../reference/index.ts';
import type { Channel } from './channel.ts';

export class ObjectMemory {
  private readonly channel: Channel;
  /** Whose memory is at an offset of the nodes' file, and where that of an object is. */
  private readonly owners = new Map<bigint, KernelObject>();
  private readonly places = new WeakMap<KernelObject, bigint>();
  private readonly unmapped = new WeakMap<KernelObject, Uint8Array>();

  constructor(channel: Channel) {
    this.channel = channel;
  }

  /** A process maps it. What another object had at the offset is gone. */
  map(object: KernelObject, offset: bigint): void {
    if (this.owners.get(offset) === object) return;
    this.channel.tell('punch', [offset, sizeOf(object)]);
    this.owners.set(offset, object);
    this.places.set(object, offset);
    const before = this.unmapped.get(object);
    this.unmapped.delete(object);
    if (before) this.channel.tell('poke', [offset], before);
  }

  read(object: KernelObject, from: bigint, length: bigint): Uint8Array {
    const place = this.places.get(object);
    if (place !== undefined) return this.channel.ask('peek', [place + from, 0n, 0n, length]).bytes;
    return this.alone(object).slice(Number(from), Number(from + length));
  }

  write(object: KernelObject, to: bigint, bytes: Uint8Array): void {
    const place = this.places.get(object);
    if (place !== undefined) this.channel.tell('poke', [place + to], bytes);
    else this.alone(object).set(bytes, Number(to));
  }

  private alone(object: KernelObject): Uint8Array {
    let bytes = this.unmapped.get(object);
    if (!bytes) {
      bytes = new Uint8Array(Number(sizeOf(object)));
      this.unmapped.set(object, bytes);
    }
    return bytes;
  }
}

export function sizeOf(object: KernelObject): bigint {
  return object.properties.get('size') ?? 0n;
}
