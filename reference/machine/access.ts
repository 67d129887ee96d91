/** Loads and stores of the program itself. */
import { endMappings } from '../drm/mmap.ts';
import { MemoryFault } from './address-space.ts';
import { type Machine, SIGSEGV, type StepOutcome } from './machine.ts';

export function access(
  machine: Machine,
  op: 'load' | 'store',
  address: bigint,
  width: number,
  value: bigint,
): StepOutcome {
  endMappings(machine);
  if (machine.opaque.some(({ base, length }) => address >= base && address < base + length))
    return { ...machine.done(0n), open: true };
  try {
    if (op === 'load') {
      const bytes = machine.memory.read(address, width);
      const number = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
      return machine.done(BigInt.asIntN(64, number));
    }
    const bytes = Uint8Array.from({ length: width }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
    machine.memory.write(address, bytes);
    return machine.done(0n);
  } catch (error) {
    if (!(error instanceof MemoryFault)) throw error;
    return { status: 'fault', ret: -1n, signal: SIGSEGV, origins: [] };
  }
}
