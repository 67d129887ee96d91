/** The buffers of a program in the simulated address space. */
import { ABIS, type AbiName, type Program, protocol, protocolConstant } from '../../schemas/index.ts';
import type { AddressSpace } from './address-space.ts';

export interface PlacedBuffer {
  readonly base: bigint;
  readonly bytes: Uint8Array;
}

/** Lays the buffers out with a guard page on both sides, each at the edge it asks for. */
export function placeBuffers(
  program: Program,
  { abi, pageSize }: { readonly abi: AbiName; readonly pageSize: number },
  memory: AddressSpace,
  owners: Map<Uint8Array, number>,
): PlacedBuffer[] {
  const page = BigInt(pageSize);
  const small = ABIS[abi].pointer === 4;
  // The place that the protocol fixes, so that addresses in buffers are the same on every target.
  let next = BigInt(protocolConstant(protocol, small ? 'PROTO_ARENA_32' : 'PROTO_ARENA_64'));
  const sizes = program.buffers.map(({ size }) => Math.ceil(size / pageSize) * pageSize);
  // One piece for all of them: of most pages nothing is ever touched, and the system gives such for nothing.
  const whole = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  let used = 0;
  return program.buffers.map((buffer, index) => {
    const size = sizes[index]!;
    const start = next + page;
    next = start + BigInt(size);
    const base = buffer.align === 'end' ? next - BigInt(buffer.size) : start;
    const area = whole.subarray(used, used + size);
    used += size;
    const bytes = area.subarray(Number(base - start), Number(base - start) + buffer.size);
    bytes.set(buffer.data);
    owners.set(area, index);
    if (buffer.access !== 'hole') {
      memory.map({
        base: start,
        bytes: area,
        readable: buffer.access === 'read' || buffer.access === 'readwrite',
        writable: buffer.access === 'readwrite',
      });
    }
    return { base, bytes };
  });
}
