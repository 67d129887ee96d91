/**
 * mprotect(), mremap() and madvise(), and the program's own accesses to ranges of memory. What the kernel's memory
 * management answers is no matter of a driver: beyond the checks of arguments it is followed.
 */
import { crc32, type Op, systemConstant } from '../../schemas/index.ts';
import { MemoryFault, type Region } from './address-space.ts';
import { followed } from './followed.ts';
import { type Machine, SIGSEGV, type StepOutcome } from './machine.ts';

const constant = (name: string) => BigInt(systemConstant(name));
const [PROT_READ, PROT_WRITE, PROT_EXEC, PROT_SEM] = ['READ', 'WRITE', 'EXEC', 'SEM'].map(name =>
  constant(`PROT_${name}`),
) as [bigint, bigint, bigint, bigint];
const MADV_DONTNEED = constant('MADV_DONTNEED');
/** include/uapi/linux/mman.h */
const MREMAP_MAYMOVE = 1n;

export const MEMORY_OPS: ReadonlySet<Op> = new Set<Op>([
  'mprotect',
  'mremap',
  'madvise',
  'checksum',
  'fill',
  'copy',
]);

export function runMemoryOp(machine: Machine, op: Op, args: readonly bigint[]): StepOutcome {
  const arg = (index: number) => args[index] ?? 0n;
  switch (op) {
    case 'checksum':
    case 'fill':
      return access(machine, op, arg(0), arg(1), arg(2));
    case 'copy':
      return copy(machine, arg(0), arg(1), arg(2));
    case 'mremap':
      return remap(machine, arg(0), arg(1), arg(2), arg(3));
    default:
      return aligned(machine, op, arg(0), arg(1), arg(2));
  }
}

function access(machine: Machine, op: Op, address: bigint, length: bigint, byte: bigint): StepOutcome {
  const end = address + length;
  if (machine.opaque.some(({ base, length: size }) => address < base + size && base < end))
    return { ...machine.done(0n), open: true };
  try {
    if (op === 'fill') {
      machine.memory.fill(address, Number(length), Number(byte & 0xffn));
      return machine.done(0n);
    }
    if (!machine.memory.readable(address, length)) throw new MemoryFault(address);
    return machine.done(BigInt(crc32(machine.memory.read(address, Number(length)))));
  } catch (error) {
    if (!(error instanceof MemoryFault)) throw error;
    return { status: 'fault', ret: -1n, signal: SIGSEGV, origins: [] };
  }
}

/** What cannot be read as a whole, or stored, goes as docs/protocol.md says, so that what a fault leaves is known. */
function copy(machine: Machine, address: bigint, source: bigint, length: bigint): StepOutcome {
  const { memory } = machine;
  const meets = (start: bigint, base: bigint, size: bigint) => start < base + size && base < start + length;
  if (
    machine.opaque.some(({ base, length: size }) => [address, source].some(start => meets(start, base, size)))
  )
    return { ...machine.done(0n), open: true };
  try {
    if (memory.readable(source, length) && memory.writable(address, length)) {
      memory.write(address, memory.readNow(source, Number(length)));
      return {
        ...machine.done(0n),
        ...(meets(address, source, length) && length > 0n ? { open: true } : {}),
      };
    }
    for (let done = 0n; done < length; ) {
      const word = (address + done) % 8n === 0n && length - done >= 8n;
      const bytes = memory.readNow(source + done, word ? 8 : 1);
      memory.write(address + done, bytes);
      done += BigInt(bytes.length);
    }
    return machine.done(0n);
  } catch (error) {
    if (!(error instanceof MemoryFault)) throw error;
    return { status: 'fault', ret: -1n, signal: SIGSEGV, origins: [] };
  }
}

/** Whether the region is memory of an object rather than of the program alone. */
function isShared(machine: Machine, region: Region): boolean {
  return [...machine.mappings.values()].some(({ object }) => object.memory?.buffer === region.bytes.buffer);
}

/** mm/mprotect.c: do_mprotect_pkey; mm/madvise.c: do_madvise. */
function aligned(machine: Machine, op: Op, address: bigint, length: bigint, what: bigint): StepOutcome {
  const { memory } = machine;
  if (address % BigInt(machine.options.pageSize) !== 0n) return machine.fail('EINVAL');
  const range = machine.wholePages(length);
  const mapped = memory.mapped(address, range);
  if (!followed(machine, mapped)) return { ...machine.fail('ENOMEM'), open: true };
  if (op === 'mprotect') {
    const readable = (what & (PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM)) !== 0n;
    memory.protect(address, range, { readable, writable: (what & PROT_WRITE) !== 0n });
    // The executor gives up a buffer that it cannot read after a step.
    if (!readable) memory.forget(memory.within(address, range));
  } else if (what === MADV_DONTNEED) {
    for (const region of memory.within(address, range)) if (!isShared(machine, region)) memory.clear(region);
  }
  return { ...machine.done(0n), open: true };
}

/** mm/mremap.c: do_mremap. */
function remap(machine: Machine, address: bigint, before: bigint, after: bigint, flags: bigint): StepOutcome {
  const { memory } = machine;
  if (address % BigInt(machine.options.pageSize) !== 0n || after === 0n) return machine.fail('EINVAL');
  const [old, wanted] = [machine.wholePages(before), machine.wholePages(after)];
  const [region] = memory.within(address, old);
  if (!region || !memory.mapped(address, old)) return { ...machine.fail('EFAULT'), open: true };
  if (wanted > old && isShared(machine, region)) {
    // VM_DONTEXPAND and VM_PFNMAP, which drm_gem_mmap_obj() sets, let no mapping grow.
    return machine.fail('EFAULT');
  }
  if (wanted <= old) {
    if (followed(machine, true)) memory.unmap(address + wanted, old - wanted);
    return { ...machine.done(address), open: true };
  }
  if ((flags & MREMAP_MAYMOVE) === 0n) return { ...machine.fail('ENOMEM'), open: true };
  if (!followed(machine, true)) return { ...machine.fail('ENOMEM'), open: true };
  const bytes = new Uint8Array(Number(wanted));
  let at = 0;
  for (const part of memory.unmap(address, old)) {
    bytes.set(part.bytes, at);
    at += part.bytes.length;
  }
  const base = machine.nextMapping;
  machine.nextMapping += wanted + BigInt(machine.options.pageSize);
  memory.map({ base, bytes, readable: region.readable, writable: region.writable });
  return { ...machine.done(base), open: true };
}
