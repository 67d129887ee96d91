/** Adds calls to a program: good ones with everything they need, and changed ones. */
import {
  type CallDescription,
  encodeRequest,
  type FileKind,
  fieldOf,
  hasFeatures,
  type Layout,
  predicates,
  type Relocation,
  type RequestParts,
  sizeOfType,
  type Value,
  writeScalar,
} from '../../schemas/index.ts';
import {
  type Argument,
  type Arguments,
  argumentLayout,
  elementLayout,
  type FieldRole,
  goodValuesOf,
  spotOf,
  withinBytes,
} from './arguments.ts';
import { addressOf, constant, type ProgramBuilder, slotValue } from './builder.ts';
import type { PlanContext } from './context.ts';
import { kindHere } from './kinds.ts';
import { FILES } from './letters.ts';
import { kindThat, payloads } from './payloads.ts';
import { importedBuffer, primaryBuffer } from './primary-buffer.ts';
import {
  type Created,
  createdBy,
  creatorsOf,
  descriptorOf,
  type Releaser,
  releasedBy,
  releaserOf,
} from './resources.ts';
import {
  type CallShape,
  capturesOf,
  deadlineOf,
  type FreshHandle,
  type GoodArguments,
  type Pick,
} from './shape.ts';

export type { Argument, Arguments } from './arguments.ts';
export { descriptorOf } from './resources.ts';
export type { CallShape, GoodArguments, Pick } from './shape.ts';

/** Room behind every pointer target that must stay as it was, in bytes. */
export const MARGIN = 64;
/** More bytes than this behind a pointer are never given. */
const MOST_BYTES = 65536n;

/** A printable character. */
const LETTER = 'a'.charCodeAt(0);

const first: Pick = () => 0;

export class CallMaker {
  readonly builder: ProgramBuilder;
  readonly context: PlanContext;
  private readonly buffers = new Map<string, number>();
  private readonly handles = new Map<string, Value>();
  /** Calls that are being made for a handle. */
  private readonly making = new Set<string>();

  constructor(builder: ProgramBuilder, context: PlanContext) {
    this.builder = builder;
    this.context = context;
  }

  layout(call: CallDescription): Layout {
    return argumentLayout(this.context.driver, this.context.hello, call);
  }

  /** A call with the given members; members left out are 0, or poison when they are outputs only. */
  call(fd: Value, call: CallDescription, values: Arguments, shape: CallShape = {}): number {
    const layout = this.layout(call);
    const room = shape.room ?? layout.size;
    const poison = shape.poison ?? 0;
    const buffer = this.argumentBuffer(call, room, shape);
    const bytes = new Uint8Array(Math.max(room, layout.size)).fill(poison, layout.size);
    for (const hole of layout.holes) bytes.fill(poison, hole.offset, hole.offset + hole.size);
    for (const [path, role] of Object.entries(call.semantics.fields)) {
      if (values[path] !== undefined || role.direction !== 'out') continue;
      const field = fieldOf(layout, path);
      bytes.fill(poison, field.offset, field.offset + field.size);
    }
    const behind = new Map<number, Uint8Array<ArrayBuffer>>();
    const patches: Relocation[] = [];
    for (const [name, value] of Object.entries(values)) {
      if (value instanceof Uint8Array) {
        const target = this.contentOf(values[name.slice(0, -2)]);
        if (target !== undefined)
          behind.set(target, Uint8Array.from(value.subarray(0, this.builder.sizeOf(target))));
        continue;
      }
      const within = withinBytes(name);
      const bytesOf = within && this.contentOf(values[within.pointer]);
      if (bytesOf !== undefined && typeof value !== 'bigint')
        patches.push({ buffer: bytesOf, offset: within!.offset, width: within!.width, value });
      if (within) continue;
      const spot = spotOf(this.context.driver, this.context.hello, call, name, values);
      if (!spot) continue;
      const { field, pointer } = spot;
      const target = pointer === undefined ? buffer : this.contentOf(values[pointer]);
      if (target === undefined) continue;
      const limit = pointer === undefined ? room : this.builder.sizeOf(target);
      if (field.offset + field.size > limit && pointer !== undefined) continue;
      let content: Uint8Array<ArrayBuffer> = bytes;
      if (pointer !== undefined) {
        content = behind.get(target) ?? new Uint8Array(0);
        if (content.length < field.offset + field.size) {
          const longer: Uint8Array<ArrayBuffer> = new Uint8Array(field.offset + field.size);
          longer.set(content);
          content = longer;
          behind.set(target, content);
        }
      }
      if (typeof value === 'bigint') writeScalar(content, field, value);
      else if (field.offset + field.size <= limit)
        patches.push({
          buffer: target,
          offset: field.offset,
          width: field.size as Relocation['width'],
          value,
        });
    }
    const parts = { ...this.parts(call), ...shape.request };
    // Nothing can be stored where nothing is mapped.
    const hole = shape.access === 'hole';
    const handle = this.creates(call);
    const slot = handle ? this.builder.slot() : 0;
    const kept = [...(handle ? [{ field: handle.field, slot }] : []), ...(shape.keep ? [shape.keep] : [])]
      .map(({ field, slot: into }) => ({ into, ...fieldOf(layout, field) }))
      .filter(({ offset, size }) => !hole && offset + size <= room);
    return this.builder.step(
      shape.label ?? call.name,
      'ioctl',
      [fd, constant(BigInt.asUintN(32, BigInt(encodeRequest(parts)))), shape.address ?? addressOf(buffer)],
      {
        fills: [
          ...(hole || room === 0 ? [] : [{ buffer, offset: 0, bytes: bytes.subarray(0, room) }]),
          ...[...behind].map(([target, content]) => ({ buffer: target, offset: 0, bytes: content })),
        ],
        patches: patches.filter(patch => !hole || patch.buffer !== buffer),
        captures: capturesOf(kept, buffer, shape),
        ...deadlineOf(call, shape),
      },
    );
  }

  /** The buffer that a pointer member leads to, when it can hold anything. */
  private contentOf(value: Argument | undefined): number | undefined {
    if (typeof value !== 'object' || value instanceof Uint8Array || value.kind !== 'address')
      return undefined;
    return this.builder.fillable(value.buffer) ? value.buffer : undefined;
  }

  private argumentBuffer(call: CallDescription, room: number, shape: CallShape): number {
    const align = shape.align ?? 'end';
    const key = `${call.name} ${room} ${align} ${shape.access ?? 'readwrite'}`;
    let buffer = this.buffers.get(key);
    if (buffer === undefined) {
      buffer = this.builder.buffer(Math.max(room, 1), { align, access: shape.access ?? 'readwrite' });
      this.buffers.set(key, buffer);
    }
    return buffer;
  }

  /** The parts of the call's request on the target's ABI. */
  parts(call: CallDescription): RequestParts {
    const { direction, letter, number, argument } = call.request!;
    const { driver, hello } = this.context;
    return { direction, letter, number, size: argument ? sizeOfType(driver.types, argument, hello.abi) : 0 };
  }

  /** The member through which a call gives a new handle. */
  creates(call: CallDescription, resource?: string): Created | undefined {
    return createdBy(call, resource);
  }

  /** The member through which a call gives up a handle of the resource. */
  releases(call: CallDescription, resource?: string): string | undefined {
    return releasedBy(call, resource);
  }

  /** The call that gives up a handle of the resource. */
  releaser(resource: string): Releaser | undefined {
    return releaserOf(this.context.driver, resource);
  }

  /** A handle of the resource in the file, made by the named call or the first that can; undefined when none can. */
  freshHandle(fd: Value, resource: string, make?: string, pick?: Pick): FreshHandle | undefined {
    const { primary } = this.context.driver;
    if (primary.size > 0 && make === undefined && resource === 'gem_handle') return importedBuffer(this, fd);
    const creator =
      make === undefined ? creatorsOf(this.context, resource)[0] : this.context.driver.calls.get(make);
    // A call that takes one of its own kind to be made cannot make the first.
    const key = creator && `${creator.name} ${resource}`;
    if (!creator || this.making.has(key!)) return undefined;
    this.making.add(key!);
    const kind = pick ?? kindThat(creator, ({ makes }) => makes === resource);
    const before = this.goodArguments(fd, creator, kind);
    this.making.delete(key!);
    if (!before) return undefined;
    const step = this.call(fd, creator, before.values, { label: `${creator.name} (for a handle)` });
    return { step, handle: slotValue(this.builder.lastSlot) };
  }

  /** A descriptor of another kind of file, made by the first call that can. */
  freshDescriptor(fd: Value, kind: FileKind): { steps: number[]; fd: Value } | undefined {
    const { builder } = this;
    if (kind === 'eventfd') {
      const slot = builder.slot();
      const captures = [{ slot, from: 'return' as const }];
      const step = builder.step('eventfd', 'eventfd', [constant(0), constant(0)], { captures });
      return { steps: [step], fd: slotValue(slot) };
    }
    const { driver } = this.context;
    // A buffer that has a handle here already would get no other.
    const foreign = kind === 'dma-buf' ? primaryBuffer(this) : undefined;
    if (foreign) return foreign;
    for (const call of [...driver.calls.values(), ...driver.files.values()]) {
      const field = call.request && descriptorOf(call, kind);
      // A file of a kind that only such a file makes cannot be the first.
      if (!field || !hasFeatures(driver, call) || FILES[call.request!.letter] === kind) continue;
      const on = this.descriptorFor(fd, call);
      if (!on) continue;
      const giving = kindThat(call, ({ gives }) => gives === kind);
      const before = this.goodArguments(fd, call, giving);
      if (!before) continue;
      const slot = builder.slot();
      const step = this.call(on.fd, call, before.values, {
        keep: { field, slot },
        label: `${call.name} (for a ${kind})`,
      });
      return { steps: [...on.steps, ...before.setup, step], fd: slotValue(slot) };
    }
    return undefined;
  }

  /** The descriptor that a call is made on: the node, or a file that the node hands out. */
  descriptorFor(fd: Value, call: CallDescription): { steps: number[]; fd: Value } | undefined {
    const kind = FILES[call.request!.letter];
    return kind === undefined ? { steps: [], fd } : this.freshDescriptor(fd, kind);
  }

  private handleFor(
    fd: Value,
    call: CallDescription,
    { resource, make }: { readonly resource?: string; readonly make?: string },
    steps: number[],
  ): Value | undefined {
    const key = `${JSON.stringify(fd, (_, value) => (typeof value === 'bigint' ? String(value) : value))} ${resource} ${make ?? ''}`;
    const known = this.handles.get(key);
    const kept = this.releases(call, resource) === undefined;
    if (known && kept) return known;
    const made = this.freshHandle(fd, resource!, make);
    if (!made) return undefined;
    steps.push(made.step);
    if (kept) this.handles.set(key, made.handle);
    return made.handle;
  }

  /** Members that meet every documented condition, and the steps that had to run first. */
  goodArguments(fd: Value, call: CallDescription, pick: Pick = first): GoodArguments | undefined {
    const variants = payloads(call);
    if (variants.length === 0) return this.described(fd, call, pick);
    const kind = kindHere(this.context, call, pick('payload', variants.length));
    return variants[kind]!.build(this, fd, call, pick);
  }

  /** Good members from the description alone. */
  described(fd: Value, call: CallDescription, pick: Pick = first): GoodArguments | undefined {
    const values: Record<string, Argument> = {};
    const setup: number[] = [];
    const fields = Object.entries(call.semantics.fields);
    for (const [name, role] of fields) {
      if (role.direction === 'out' || role.role === 'pointer' || role.role === 'array') continue;
      // A struct is what its members are, and an array of reserved bytes stays zero.
      if (!fieldOf(this.layout(call), name).scalar) continue;
      const value = this.goodMember(fd, call, name, role, pick, setup);
      if (value === undefined) return undefined;
      values[name] = value;
    }
    for (const [name, role] of fields) {
      if (role.role !== 'pointer') continue;
      if (!this.goodPointer(fd, call, name, role, values, pick, setup)) return undefined;
    }
    return { values, setup };
  }

  private goodMember(
    fd: Value,
    call: CallDescription,
    name: string,
    role: FieldRole,
    pick: Pick,
    setup: number[],
  ): Argument | undefined {
    if (role.role === 'handle' && role.valid === undefined) return this.handleFor(fd, call, role, setup);
    if (role.role === 'descriptor' && role.descriptor) {
      const made = this.freshDescriptor(fd, role.descriptor);
      if (!made) return undefined;
      setup.push(...made.steps);
      return made.fd;
    }
    const good = this.goodValues(call, name);
    return good[pick(name, good.length) % good.length]!;
  }

  /** Memory behind a pointer member with good content; false when a handle in it cannot be made. */
  private goodPointer(
    fd: Value,
    call: CallDescription,
    name: string,
    role: FieldRole,
    values: Record<string, Argument>,
    pick: Pick,
    setup: number[],
  ): boolean {
    const target = role.target!;
    const predicate = target.predicate === undefined ? undefined : predicates.get(target.predicate);
    if (predicate) {
      const bytes = predicate.good(
        parameter => BigInt(this.context.params.get(parameter) ?? 0),
        count => pick(`${name}[]`, count),
      );
      if (target.bytes !== undefined) values[target.bytes] = BigInt(bytes.length);
      values[`${name}[]`] = bytes;
    }
    const element = elementLayout(this.context.driver, this.context.hello, role);
    const count = target.count === undefined ? 0n : ((values[target.count] as bigint | undefined) ?? 0n);
    const length =
      target.bytes !== undefined
        ? (values[target.bytes] as bigint)
        : BigInt(target.fixed ?? 0) + count * BigInt(element?.size ?? 0);
    values[name] = target.nullable && pick(name, 2) === 1 ? 0n : addressOf(this.target(call, name, length));
    if (target.text && values[name] !== 0n)
      values[`${name}[]`] = new Uint8Array(Number(length < MOST_BYTES ? length : MOST_BYTES)).fill(LETTER);
    if (values[name] === 0n || !element || target.count === undefined) return true;
    const members = target.struct === undefined ? {} : (call.semantics.structs?.[target.struct] ?? {});
    for (let index = 0; index < Number(count < 64n ? count : 64n); index += 1) {
      if (target.handle !== undefined) {
        const made = this.freshHandle(fd, target.handle);
        if (!made) return false;
        setup.push(made.step);
        values[`${name}[${index}]`] = made.handle;
      }
      for (const [member, own] of Object.entries(members)) {
        if (own.direction === 'out' || own.role === 'pointer' || own.role === 'array') continue;
        const flat = `${name}[${index}].${member}`;
        const value = this.goodMember(fd, call, flat, own, pick, setup);
        if (value === undefined) return false;
        values[flat] = value;
      }
    }
    return true;
  }

  /** The numbers that a good call may use for a member. */
  goodValues(call: CallDescription, name: string): bigint[] {
    return goodValuesOf(this.context.driver, call, name);
  }

  /** Memory behind a pointer member, with a margin that must stay untouched. */
  target(call: CallDescription, name: string, bytes: bigint): number {
    const size = Number(bytes < MOST_BYTES ? bytes : MOST_BYTES) + MARGIN;
    const key = `${call.name}.${name} ${size}`;
    let buffer = this.buffers.get(key);
    if (buffer === undefined) {
      buffer = this.builder.buffer(size, { align: 'start' });
      this.buffers.set(key, buffer);
    }
    return buffer;
  }

  /** A good call and the steps it needed; undefined when nothing can make one. */
  good(
    fd: Value,
    call: CallDescription,
    shape: CallShape = {},
    pick?: Pick,
  ): { step: number; setup: number[]; values: Record<string, Argument> } | undefined {
    const made = this.goodArguments(fd, call, pick);
    if (!made) return undefined;
    return {
      step: this.call(fd, call, made.values, { label: `${call.name} (control)`, ...shape }),
      setup: made.setup,
      values: made.values,
    };
  }
}
