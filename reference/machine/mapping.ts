/** What a process has mapped of the device's memory. */
import type { Client, KernelObject } from '../drm/objects.ts';
import type { Descriptor, Machine } from './machine.ts';

/** A mapping of an object. It holds the file that it was made through, and so its client (mm: vm_file). */
export interface Mapping {
  readonly object: KernelObject;
  readonly client: Client;
  readonly length: bigint;
  /** A forked process has none of it: VM_DONTCOPY (drivers/accel/habanalabs/common/memory.c:2106, gaudi2/gaudi2.c:6837). */
  readonly stays?: true;
}

/** What a forked process holds. */
export interface Child {
  readonly descriptors: ReadonlyMap<bigint, Descriptor>;
  readonly mappings: readonly Mapping[];
}

/** The mappings of this process and of those that it forked. */
export function allMappings(machine: Machine): Mapping[] {
  const forked = [...machine.children.values()].flatMap(({ mappings }) => mappings);
  return [...machine.mappings.values(), ...forked];
}
