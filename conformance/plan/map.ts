/** What programs ask mmap() for: the memory of a descriptor itself, shared with whoever else has it. */
import { systemConstant, type Value } from '../../schemas/index.ts';
import { constant, type ProgramBuilder, slotValue } from './builder.ts';

export const PROT_NONE = 0;
export const PROT_READ = systemConstant('PROT_READ');
export const PROT_WRITE = systemConstant('PROT_WRITE');
/** include/uapi/linux/mman.h */
const MAP_SHARED = 1;

/** @param length in bytes */
export function mapArguments(
  fd: Value,
  offset: Value,
  length: Value,
  prot = PROT_READ | PROT_WRITE,
): Value[] {
  return [constant(0), length, constant(prot), constant(MAP_SHARED), fd, offset];
}

/** Maps so many bytes: the step, and where they are then. */
export function mapShared(
  builder: ProgramBuilder,
  label: string,
  ...mapped: Parameters<typeof mapArguments>
): { step: number; at: Value } {
  const slot = builder.slot();
  const step = builder.step(label, 'mmap', mapArguments(...mapped), { captures: [{ slot, from: 'return' }] });
  return { step, at: slotValue(slot) };
}
