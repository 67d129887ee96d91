/**
 * mmap() of a node at an object's offset (drivers/gpu/drm/drm_gem.c: drm_gem_mmap), or as a body of the driver's own
 * decides, which finds the object by the offset.
 */
import { ABIS, type CallDescription } from '../../schemas/index.ts';
import { releaseClients } from '../machine/clients.ts';
import type { Machine, StepOutcome } from '../machine/machine.ts';
import { runBody } from '../model/body.ts';
import { BodyContext } from './body-context.ts';
import { lookup } from './environment.ts';
import type { Client, KernelObject } from './objects.ts';

interface Request {
  readonly length: bigint;
  readonly prot: bigint;
  readonly flags: bigint;
  readonly descriptor: bigint;
  readonly offset: bigint;
}

/** What somebody else had in the memory. */
const LEFT_BEHIND = 0x6b;
const PROT_READ = 1n;
const PROT_WRITE = 2n;
const MAP_ANONYMOUS = 0x20n;
/** A 32-bit executor has mmap2 only, which counts offsets in units of 4096 bytes (docs/protocol.md: mmap). */
const MMAP2_UNIT = 4096n;
const MMAP2_END = 1n << 44n;

function owns(machine: Machine, request: Request, object: KernelObject): boolean {
  const file = machine.descriptors.get(BigInt.asIntN(32, request.descriptor))?.file;
  return file?.kind === 'node' && file.client.table('gem_handle').holds(object);
}

/** Maps an object into the program; anything the model has no rule for is left open. */
export function mapNode(machine: Machine, request: Request): StepOutcome {
  const page = BigInt(machine.options.pageSize);
  if (ABIS[machine.abi].pointer === 4) {
    if (request.offset % MMAP2_UNIT !== 0n) return machine.fail('EINVAL');
    if (request.offset >= MMAP2_END) return machine.fail('EOVERFLOW');
  }
  if (machine.faults.narrow === 'offset-cut')
    request = { ...request, offset: BigInt.asUintN(32, request.offset) };
  const length = machine.wholePages(request.length);
  if (request.flags & MAP_ANONYMOUS) return place(machine, new Uint8Array(Number(length)), request);
  const file = machine.descriptors.get(BigInt.asIntN(32, request.descriptor))?.file;
  if (!file) return machine.badDescriptor();
  if (request.length === 0n || request.offset % page !== 0n) return machine.fail('EINVAL');
  if (file.kind !== 'node') return { ...machine.fail('ENODEV'), open: true };
  // A file without such an operation (mm/mmap.c:486).
  if (file.client.control && machine.faults.control !== 'maps') return machine.fail('ENODEV');
  if (file.client.control) return place(machine, new Uint8Array(Number(length)), request);
  const { device } = file.client;
  return machine.within(device, () => mapObject(machine, request, length, file.client));
}

/** A body that may look for what is to be mapped. */
class MapContext extends BodyContext {
  looked = false;
  found: KernelObject | undefined;

  constructor(machine: Machine, call: CallDescription, client: Client, fields: Record<string, bigint>) {
    super(machine, call, client, name => fields[name]!);
  }

  override find(resource: string, handle: bigint): KernelObject | undefined {
    this.looked = true;
    this.found = lookup(this.host, this.client!, resource, handle);
    return this.found;
  }
}

function mapObject(machine: Machine, request: Request, length: bigint, client: Client): StepOutcome {
  const call = machine.driver.calls.get('mmap')!;
  const context = new MapContext(machine, call, client, { offset: request.offset, length });
  const refused = runBody(call.semantics.body, context);
  if (refused.errno)
    return { ...machine.fail(refused.errno), call, ...(refused.rule ? { rule: refused.rule } : {}) };
  if (!('offset' in call.semantics.fields)) return mapAtOffset(machine, request, length, client);
  if (machine.faults.split?.('mmap') === 'checked') machine.letOthersIn?.();
  const { found, looked } = context;
  // Something that the body knows of and the model does not.
  if (!looked) return { ...machine.fail('EINVAL'), open: true };
  // Only a description that refuses too little gets here.
  if (!found) return { ...place(machine, new Uint8Array(Number(length)), request), call };
  const outcome = share(machine, request, length, client, found);
  const mapping = machine.mappings.get(outcome.ret);
  if (mapping) machine.mappings.set(outcome.ret, { ...mapping, stays: true });
  return { ...outcome, call };
}

/** The object of the DRM core that has the offset. */
function mapAtOffset(machine: Machine, request: Request, length: bigint, client: Client): StepOutcome {
  const object = machine.device.stable.get('mmap_offset')?.get(request.offset);
  // drm_gem_object_lookup_at_offset(): the offset and the length first, then the right of the file.
  if (!object || !machine.alive(object)) {
    // It may belong to an object whose handle could not be seen.
    const unseen = [...machine.device.clients].some(client => client.unseen.size > 0);
    return { ...machine.fail('EINVAL'), ...(unseen ? { open: true } : {}) };
  }
  const size = object.properties.get('size') ?? 0n;
  const fault = machine.faults.mapping;
  if (length > size && fault !== 'long') return machine.fail('EINVAL');
  // With its last job an object and its offset go, which nobody may have seen.
  if (!owns(machine, request, object) && fault !== 'any-client')
    return { ...machine.fail('EACCES'), ...(machine.mayBeGone(object) ? { open: true } : {}) };
  if ((object.properties.get('unmappable') ?? 0n) !== 0n) return machine.fail('EINVAL');
  if (machine.faults.split?.('mmap') === 'checked') {
    machine.letOthersIn?.();
    if (!machine.alive(object)) return machine.fail('EFAULT');
  }
  return share(machine, request, length, client, object);
}

/** Shows the program the memory of an object, as far as the object goes. */
function share(
  machine: Machine,
  request: Request,
  length: bigint,
  client: Client,
  object: KernelObject,
): StepOutcome {
  const size = object.properties.get('size') ?? 0n;
  const fault = machine.faults.mapping;
  const reach = length > size ? size : length;
  // A machine may have the room for it or not.
  if (reach > MOST_BYTES) return { ...machine.fail('ENOMEM'), open: true };
  object.memory ??= leftOver(machine, size) ?? fresh(Number(size));
  grow(object.memory, Number(reach), fault === 'not-cleared');
  if (fault === 'reused') remembered(machine).add(object);
  const shared = object.memory.subarray(0, Number(reach));
  const bytes = length > size || fault === 'copy' ? new Uint8Array(Number(length)) : shared;
  const prot = fault === 'writable' ? PROT_READ | PROT_WRITE : request.prot;
  const outcome = place(machine, bytes, { ...request, prot });
  machine.mappings.set(outcome.ret, { object, client, length });
  return outcome;
}

/** Objects that were mapped once, for a fault that gives their memory to others. */
const mapped = new WeakMap<Machine, Set<KernelObject>>();

function remembered(machine: Machine): Set<KernelObject> {
  const known = mapped.get(machine) ?? new Set();
  mapped.set(machine, known);
  return known;
}

/** The memory of an object of that size which is gone. */
function leftOver(machine: Machine, size: bigint): Uint8Array | undefined {
  if (machine.faults.mapping !== 'reused') return undefined;
  for (const object of remembered(machine)) {
    if (!object.memory || object.properties.get('size') !== size || machine.alive(object)) continue;
    remembered(machine).delete(object);
    return object.memory;
  }
  return undefined;
}

/** More than this no program maps here; an object may be larger, of which a program maps a part. */
const MOST_BYTES = 2 ** 32;

/** Memory that nobody has mapped yet: none, for as long as nobody does. */
const fresh = (size: number): Uint8Array =>
  new Uint8Array(new ArrayBuffer(0, { maxByteLength: Math.min(size, MOST_BYTES) }));

/** As far as it is mapped it takes memory here: of a heap of 64 MiB a program may map a page. */
function grow(memory: Uint8Array, length: number, used: boolean): void {
  const { buffer } = memory;
  const before = memory.length;
  if (length <= before || !(buffer instanceof ArrayBuffer)) return;
  buffer.resize(length);
  if (used) memory.fill(LEFT_BEHIND, before);
}

function place(machine: Machine, bytes: Uint8Array, request: Request): StepOutcome {
  const base = machine.nextMapping;
  machine.nextMapping += BigInt(bytes.length) + BigInt(machine.options.pageSize);
  machine.memory.map({
    base,
    bytes,
    readable: (request.prot & (PROT_READ | PROT_WRITE)) !== 0n,
    writable: (request.prot & PROT_WRITE) !== 0n,
  });
  return machine.done(base);
}

/** What a fault takes away with the last handle of an object: its mappings. */
export function endMappings(machine: Machine): void {
  if (machine.faults.mapping !== 'ends-with-handle') return;
  for (const [address, { object, length }] of machine.mappings) {
    if ([...machine.device.clients].some(client => client.holds(object))) continue;
    machine.memory.unmap(address, length);
    machine.mappings.delete(address);
  }
}

export function unmapRange(machine: Machine, address: bigint, length: bigint): StepOutcome {
  const page = BigInt(machine.options.pageSize);
  if (length === 0n || address % page !== 0n) return machine.fail('EINVAL');
  // mm/vma.c:1725 rounds up to whole pages.
  machine.memory.unmap(address, machine.wholePages(length));
  for (const [base, mapping] of machine.mappings)
    if (machine.memory.within(base, mapping.length).length === 0) machine.mappings.delete(base);
  releaseClients(machine);
  return machine.done(0n);
}
