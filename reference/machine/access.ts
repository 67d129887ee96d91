/** Loads and stores of the program itself. */
import { littleEndian, littleEndianBytes } from '../../schemas/index.ts';
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
      return machine.done(BigInt.asIntN(64, littleEndian(bytes)));
    }
    const bytes = littleEndianBytes(value, width);
    machine.memory.write(address, bytes);
    return machine.done(0n);
  } catch (error) {
    if (!(error instanceof MemoryFault)) throw error;
    return { status: 'fault', ret: -1n, signal: SIGSEGV, origins: [] };
  }
}
