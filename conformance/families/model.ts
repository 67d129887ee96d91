/** Random sequences of described calls with good and bad members, judged call by call by the model. */
import {
  type CallDescription,
  type FieldLayout,
  type FileKind,
  fieldOf,
  predicates,
  type Value,
  walk,
} from '../../schemas/index.ts';
import { elementLayout, type FieldRole, roleOf, spotOf } from '../plan/arguments.ts';
import { addressOf, constant, ProgramBuilder, slotValue } from '../plan/builder.ts';
import { type Argument, CallMaker, type CallShape, descriptorOf, MARGIN } from '../plan/call-maker.ts';
import type { Case } from '../plan/case.ts';
import { closingEarly } from '../plan/closing.ts';
import { ioctls, O_RDWR, type PlanContext } from '../plan/context.ts';
import { DRM_LETTER } from '../plan/letters.ts';
import { mapArguments } from '../plan/map.ts';
import { outlook } from '../plan/outlook.ts';
import { payloads } from '../plan/payloads.ts';
import { primaryBuffer } from '../plan/primary-buffer.ts';
import { derive, Random } from '../plan/random.ts';
import { kindGiven } from '../plan/resources.ts';
import { mappedKinds } from './handle-offsets.ts';

const CALLS = 14;
/** Sizes that small machines can give, and sizes that no machine can. */
const SIZES = [
  0n,
  1n,
  8n,
  11n,
  12n,
  15n,
  16n,
  17n,
  64n,
  4095n,
  4096n,
  4097n,
  65536n,
  1n << 50n,
  1n << 63n,
  (1n << 64n) - 1n,
];
const NOBODY = [0n, 1n, 2n, 3n, 4n, 1000n, 0xffffffffn];
const BAD_MEMORY = ['hole', 'none', 'read'] as const;
/** Elements of an array that are filled. */
const MOST_ELEMENTS = 4;
/** Buffers that a node which makes none takes in. */
const BUFFERS = 2;
/** Work for the device in one program: more only makes it wait. */
const CLIENTS = 2;
const MOST_JOBS = 3;

/** Another draw under the same number, whose calls are more often those that are wanted. */
export interface Redraw {
  readonly attempt: number;
  readonly towards: ReadonlySet<string>;
}

/** The program of one run: the same seed, number and redraw give the same program. */
export function randomCase(context: PlanContext, index: number, redraw?: Redraw): Case {
  const text = redraw?.attempt ? `model ${index} again ${redraw.attempt}` : `model ${index}`;
  const random = new Random(derive(context.seed, text));
  const writer = new RandomWriter(context, random, redraw?.attempt ? redraw.towards : undefined);
  writer.write();
  return {
    name: `random-${index}`,
    family: 'model',
    program: writer.builder.build(),
    labels: writer.builder.labels,
    instances: [],
  };
}

/** The member through which a call gives an offset that the node can map. */
function offsetOf(call: CallDescription): string | undefined {
  for (const rule of walk(call.semantics.body)) {
    if ('set' in rule && 'stable' in rule.to && rule.to.stable.endsWith('.mmap_offset')) return rule.set;
  }
  return undefined;
}

class RandomWriter {
  readonly builder = new ProgramBuilder();
  private readonly maker: CallMaker;
  private readonly context: PlanContext;
  private readonly random: Random;
  private readonly clients: Value[] = [];
  private readonly handles = new Map<string, Value[]>();
  private readonly descriptors = new Map<FileKind, Value[]>();
  /** Kinds of handles that can be mapped at. */
  private readonly offsets: ReadonlySet<string>;
  private jobs = 0;
  /** Calls of which one is taken every other time. */
  private readonly towards: ReadonlySet<string> | undefined;

  constructor(context: PlanContext, random: Random, towards?: ReadonlySet<string>) {
    this.context = context;
    this.towards = towards;
    this.random = random;
    this.maker = new CallMaker(this.builder, context);
    this.offsets = new Set(mappedKinds(context).map(({ resource }) => resource));
  }

  write(): void {
    const { random, context, maker } = this;
    const openers = context.driver.manifest.openers ?? CLIENTS;
    for (let count = 0; count < Math.min(openers, CLIENTS); count += 1)
      this.clients.push(this.builder.open(context.nodePath, O_RDWR).fd);
    for (let count = 0; count < BUFFERS; count += 1) {
      const made = primaryBuffer(maker);
      if (made) this.descriptors.set('dma-buf', [...(this.descriptors.get('dma-buf') ?? []), made.fd]);
    }
    const calls = ioctls(context.driver);
    const offered = calls.filter(call => outlook(context, call).kind !== 'refused');
    const ofFiles = [...context.driver.files.values()];
    const creators = offered.filter(call => maker.creates(call));
    const wanted = offered.filter(call => this.towards?.has(call.name));
    const wantedFiles = ofFiles.filter(call => this.towards?.has(call.name));
    const one = (all: readonly CallDescription[], some: readonly CallDescription[]) =>
      random.pick(some.length > 0 && random.chance(50) ? some : all);
    for (let count = 0; count < CALLS; count += 1) {
      const good = count < 2;
      if (creators.length > 0 && (good || random.chance(20))) this.call(random.pick(creators), good);
      else if (random.chance(8)) this.plain();
      else if (random.chance(90)) this.call(one(offered, wanted), false);
      else this.call(random.pick(calls), false);
      // More than the calls of the node, which would be fewer for it.
      if (this.descriptors.size > 0 && random.chance(50)) this.call(one(ofFiles, wantedFiles), false);
    }
  }

  /** A call on a descriptor that is no ioctl. */
  private plain(): void {
    const { builder, random } = this;
    const files = [...this.descriptors.values()].flat();
    const choice = random.below(3);
    if (choice === 0 && files.length > 0) {
      const slot = builder.slot();
      const captures = [{ slot, from: 'return' as const }];
      builder.step('dup', 'dup', [random.pick(files)], { captures });
    } else if (choice === 1 && files.length > 0) {
      builder.close(random.pick(files));
    } else {
      const at = random.below(this.clients.length);
      // What it leaves behind may be a dma-buf.
      if (closingEarly(this.context).tier === undefined) builder.close(this.clients[at]!);
      this.clients[at] = builder.open(this.context.nodePath, O_RDWR).fd;
    }
  }

  /** The descriptor to make the call on; undefined when no such file came to be. */
  private fdFor(call: CallDescription): Value | undefined {
    if (call.request!.letter === DRM_LETTER) return this.random.pick(this.clients);
    const files = this.descriptors.get(call.request!.letter === 'b'.charCodeAt(0) ? 'dma-buf' : 'sync-file');
    return files?.length ? this.random.pick(files) : undefined;
  }

  private call(call: CallDescription, good: boolean): void {
    const fd = this.fdFor(call);
    if (!fd) return;
    const variants = payloads(call);
    if (variants.some(({ works }) => works)) {
      if (this.jobs >= MOST_JOBS) return;
      this.jobs += 1;
    }
    const values =
      variants.length > 0 && this.random.chance(75) ? this.payload(call, fd) : this.members(call, good);
    const layout = this.maker.layout(call);
    const offset = offsetOf(call);
    const slot = offset !== undefined && this.random.chance(60) ? this.builder.slot() : undefined;
    const file = descriptorOf(call);
    const fileSlot = file === undefined ? undefined : this.builder.slot();
    const keep =
      slot !== undefined
        ? { keep: { field: offset!, slot } }
        : fileSlot !== undefined
          ? { keep: { field: file!, slot: fileSlot } }
          : {};
    const shape = { ...(good ? {} : this.shape(call, layout.size)), ...keep };
    this.maker.call(fd, call, values, { poison: this.random.pick([0, 0x5a, 0xff]), ...shape });
    const whole =
      (shape.room === undefined || shape.room >= layout.size) &&
      shape.request?.direction === undefined &&
      !shape.address;
    const created = this.maker.creates(call);
    if (created && whole) {
      const known = this.handles.get(created.resource) ?? [];
      // The slot of the handle comes after those that were asked for here.
      this.handles.set(created.resource, [...known, slotValue(this.builder.lastSlot)]);
      if (this.offsets.has(created.resource) && this.random.chance(60))
        this.mapping(fd, this.builder.lastSlot);
    }
    if (fileSlot !== undefined && whole) this.remember(call, values, fileSlot);
    if (slot !== undefined) this.mapping(fd, slot);
  }

  private remember(call: CallDescription, values: Record<string, Argument>, slot: number): void {
    const kind = kindGiven(this.context.driver, call, values);
    if (kind) this.descriptors.set(kind, [...(this.descriptors.get(kind) ?? []), slotValue(slot)]);
  }

  /** A good call of some kind, with a member spoilt now and then. */
  private payload(call: CallDescription, fd: Value): Record<string, Argument> {
    const { random } = this;
    const made = this.maker.goodArguments(fd, call, (_field, count) => random.below(count));
    const values = { ...(made?.values ?? {}) };
    if (!random.chance(35)) return values;
    const names = Object.keys(values).filter(name => (roleOf(call, name)?.role ?? 'pointer') !== 'pointer');
    const name = random.pick(names);
    const role = roleOf(call, name)!;
    const size = spotOf(this.context.driver, this.context.hello, call, name, values)?.field.size ?? 4;
    values[name] = this.member(name, role, { path: name, offset: 0, size: Math.min(size, 4) }, call, false);
    return values;
  }

  private members(call: CallDescription, good: boolean): Record<string, Argument> {
    const values: Record<string, Argument> = {};
    const layout = this.maker.layout(call);
    const fields = Object.entries(call.semantics.fields);
    for (const [name, role] of fields) {
      if (role.direction === 'out' || role.role === 'pointer') continue;
      const field = fieldOf(layout, name);
      // A struct is what its members are, and an array of reserved bytes stays zero.
      if (!field.scalar && role.role !== 'array') continue;
      if (role.role === 'array') this.inline(values, name, role, field, call, good);
      else values[name] = this.member(name, role, field, call, good);
    }
    for (const [name, role] of fields) {
      if (role.role === 'pointer') this.pointer(values, call, name, role, good);
    }
    return values;
  }

  private inline(
    values: Record<string, Argument>,
    name: string,
    role: FieldRole,
    field: FieldLayout,
    call: CallDescription,
    good: boolean,
  ): void {
    if (!field.array?.element.scalar) return;
    const { length, element } = field.array;
    for (let index = 0; index < (length ?? 0); index += 1) {
      if (this.random.chance(50)) continue;
      values[`${name}[${index}]`] = this.member(`${name}[${index}]`, role, element, call, good);
    }
  }

  private member(
    name: string,
    role: FieldRole,
    field: Pick<FieldLayout, 'size' | 'path' | 'offset'>,
    call: CallDescription,
    good: boolean,
  ): Argument {
    const { random } = this;
    const bits = field.size * 8;
    const ones = (1n << BigInt(bits)) - 1n;
    const anyBit = () => 1n << BigInt(random.below(bits));
    if (role.resource !== undefined) {
      const known = this.handles.get(role.resource) ?? [];
      if (known.length > 0 && random.chance(75)) return random.pick(known);
      return random.pick(NOBODY) & ones;
    }
    if (role.role === 'descriptor') {
      const known = (role.descriptor && this.descriptors.get(role.descriptor)) ?? [];
      const others = [...this.descriptors.values()].flat();
      if (known.length > 0 && random.chance(70)) return random.pick(known);
      if (others.length > 0 && random.chance(40)) return random.pick(others);
      return random.pick([0xffffffffn, 1000n]);
    }
    if (good || random.chance(70)) return random.pick(this.maker.goodValues(call, name)) & ones;
    if (role.role === 'bytes' || role.role === 'count') {
      const size = random.pick(SIZES);
      return size >> BigInt(bits) === 0n ? size : ones;
    }
    if (role.role === 'reserved') return random.chance(50) ? anyBit() : 0n;
    // A wait for what nobody submits must not be long.
    if (role.role === 'timeout') return random.pick([0n, 1n, ones, 1n << BigInt(bits - 1)]);
    return random.pick([anyBit(), random.wide() & ones, 0n, 1n, ones]);
  }

  private pointer(
    values: Record<string, Argument>,
    call: CallDescription,
    name: string,
    role: FieldRole,
    good: boolean,
  ): void {
    const { random, maker } = this;
    const target = role.target!;
    if (!good && random.chance(10)) {
      values[name] = 0n;
      return;
    }
    if (!good && random.chance(10)) {
      const access = random.pick(BAD_MEMORY);
      values[name] = addressOf(this.builder.buffer(MARGIN, { access, align: 'start' }));
      return;
    }
    if (target.predicate !== undefined && target.bytes !== undefined) {
      const bytes = this.bytesFor(target.predicate, good);
      if (good || random.chance(85)) values[target.bytes] = BigInt(bytes.length);
      values[`${name}[]`] = bytes;
      values[name] = addressOf(maker.target(call, name, BigInt(bytes.length)));
      return;
    }
    const element = elementLayout(this.context.driver, this.context.hello, role);
    if (target.count !== undefined && element) {
      if (good || random.chance(85)) values[target.count] = BigInt(random.below(MOST_ELEMENTS));
      values[name] = addressOf(maker.target(call, name, BigInt(MOST_ELEMENTS * element.size)));
      for (let index = 0; index < MOST_ELEMENTS; index += 1)
        this.element(values, call, name, index, role, good);
      return;
    }
    const length = target.bytes === undefined ? undefined : values[target.bytes];
    const bytes = typeof length === 'bigint' ? length : BigInt(target.fixed ?? 0);
    values[name] = addressOf(maker.target(call, name, bytes));
  }

  private element(
    values: Record<string, Argument>,
    call: CallDescription,
    name: string,
    index: number,
    role: FieldRole,
    good: boolean,
  ): void {
    const { struct, handle, element } = role.target!;
    const flat = `${name}[${index}]`;
    if (struct === undefined) {
      const own = handle === undefined ? role : { ...role, resource: handle };
      const size = element === 'u64' ? 8 : 4;
      values[flat] =
        handle === undefined
          ? this.random.pick([0n, 1n, 2n, 7n, this.random.wide()]) & ((1n << BigInt(8 * size)) - 1n)
          : this.member(flat, own, { path: flat, offset: 0, size }, call, good);
      return;
    }
    const layout = elementLayout(this.context.driver, this.context.hello, role)!.layout!;
    for (const [member, own] of Object.entries(call.semantics.structs?.[struct] ?? {})) {
      if (own.direction === 'out' || own.role === 'pointer') continue;
      const field = fieldOf(layout, member);
      if (own.role === 'array') this.inline(values, `${flat}.${member}`, own, field, call, good);
      else values[`${flat}.${member}`] = this.member(`${flat}.${member}`, own, field, call, good);
    }
  }

  /** Bytes that keep the predicate, that break one of its rules, or anything. */
  private bytesFor(name: string, good: boolean): Uint8Array {
    const { random } = this;
    const predicate = predicates.get(name)!;
    const param = (parameter: string) => BigInt(this.context.params.get(parameter) ?? 0);
    if (good || random.chance(70)) return predicate.good(param, count => random.below(count));
    const witnesses = predicate.witnesses(random.pick(predicate.rules).name, param);
    if (witnesses.length > 0 && random.chance(60)) return random.pick(witnesses).bytes;
    const bytes = Uint8Array.from(predicate.good(param, count => random.below(count)));
    for (let count = 0; count < 3; count += 1) bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  }

  /** Maps what may be an offset, touches it and unmaps it. */
  private mapping(fd: Value, slot: number): void {
    const { builder, random } = this;
    const at = builder.slot();
    const length = constant(random.pick([1, 4096, 4096, 8192]));
    const args = mapArguments(fd, slotValue(slot), length);
    builder.step('map the offset', 'mmap', args, { captures: [{ slot: at, from: 'return' }] });
    const width = random.pick([1, 2, 4, 8]);
    const where = { ...slotValue(at), add: BigInt(8 * random.below(64)) } as Value;
    builder.step('store', 'store', [where, constant(width), constant(random.wide())]);
    builder.step('load', 'load', [where, constant(width)]);
    if (random.chance(50)) builder.step('unmap', 'munmap', [slotValue(at), length]);
  }

  private shape(call: CallDescription, size: number): CallShape {
    const { random } = this;
    if (random.chance(70) || call.request!.letter !== DRM_LETTER || size === 0) return {};
    const choice = random.below(6);
    if (choice === 0) {
      const room = random.below(size);
      return { room, request: { size: room } };
    }
    if (choice === 1) {
      const room = size + 1 + random.below(64);
      return { room, request: { size: room } };
    }
    if (choice === 2)
      return { request: { direction: random.pick(['none', 'read', 'write', 'readwrite'] as const) } };
    if (choice === 3) return { access: random.pick(BAD_MEMORY) };
    if (choice === 4) return { address: random.pick([constant(0), constant(1), constant((1n << 64n) - 1n)]) };
    return { request: { letter: random.pick([0, 0x65, 0xff]), number: call.request!.number } };
  }
}
