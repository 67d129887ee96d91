/** The buffers of a program in the simulated address space. */
import { ABIS, type AbiName, type Buffer, protocol, protocolConstant } from '../../schemas/index.ts';
import type { AddressSpace } from './address-space.ts';

export interface PlacedBuffer {
  readonly base: bigint;
  readonly bytes: Uint8Array;
}

/** Lays buffers out with a guard page on both sides, each at the edge it asks for, and sees what is written to them. */
export class BufferTable {
  readonly placed: PlacedBuffer[] = [];
  /** The buffers that the step wrote to so far, by index, with their content before it. */
  readonly written = new Map<number, Uint8Array>();
  private readonly memory: AddressSpace;
  private readonly pageSize: number;
  private readonly owners = new Map<Uint8Array, number>();
  /** Where the next guard page lies. */
  private next: bigint;

  constructor({ abi, pageSize }: { readonly abi: AbiName; readonly pageSize: number }, memory: AddressSpace) {
    this.memory = memory;
    this.pageSize = pageSize;
    const small = ABIS[abi].pointer === 4;
    // The place that the protocol fixes, so that addresses in buffers are the same on every target.
    this.next = BigInt(protocolConstant(protocol, small ? 'PROTO_ARENA_32' : 'PROTO_ARENA_64'));
    memory.onWrite = area => {
      const index = this.owners.get(area);
      if (index !== undefined && !this.written.has(index))
        this.written.set(index, this.placed[index]!.bytes.slice());
    };
  }

  /** Lays out those buffers of a program that are not yet. */
  place(buffers: readonly Buffer[]): void {
    const added = buffers.slice(this.placed.length);
    const sizes = added.map(({ size }) => Math.ceil(size / this.pageSize) * this.pageSize);
    // One piece for all of them: of most pages nothing is ever touched, and the system gives such for nothing.
    const whole = new ArrayBuffer(sizes.reduce((sum, size) => sum + size, 0));
    let used = 0;
    for (const [index, { size, access, align, data }] of added.entries()) {
      const room = sizes[index]!;
      const start = this.next + BigInt(this.pageSize);
      this.next = start + BigInt(room);
      const before = align === 'end' ? room - size : 0;
      const area = new Uint8Array(whole, used, room);
      const bytes = new Uint8Array(whole, used + before, size);
      used += room;
      bytes.set(data);
      this.owners.set(area, this.placed.length);
      if (access !== 'hole')
        this.memory.map({
          base: start,
          bytes: area,
          readable: access === 'read' || access === 'readwrite',
          writable: access === 'readwrite',
        });
      this.placed.push({ base: start + BigInt(before), bytes });
    }
  }
}
