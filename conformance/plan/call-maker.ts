/** Adds calls to a program: good ones with everything they need, and changed ones. */
import {
  type CallDescription,
  encodeRequest,
  fieldOf,
  type Layout,
  layoutOf,
  type Relocation,
  type RequestParts,
  type Value,
  walk,
  writeScalar,
} from '../../schemas/index.ts';
import { addressOf, constant, type ProgramBuilder, slotValue } from './builder.ts';
import type { PlanContext } from './context.ts';

/** A member's value: a number, or something known only when the step runs. */
export type Argument = bigint | Value;
export type Arguments = Readonly<Record<string, Argument>>;

/** How a call differs from a plain one. */
export interface CallShape {
  /** Replaces the argument's address. */
  readonly address?: Value;
  /** Replaces parts of the request. */
  readonly request?: Partial<RequestParts>;
  /** Bytes of the argument buffer; default the structure's size. */
  readonly room?: number;
  /** Where in memory: at the end of a page (default), or at its start. */
  readonly align?: 'start' | 'end';
  readonly access?: 'readwrite' | 'read' | 'none' | 'hole';
  /** Byte that every output member and every byte past the structure holds before the call. */
  readonly poison?: number;
  /** Stores what the call leaves in a member in a slot. */
  readonly keep?: { readonly field: string; readonly slot: number };
  readonly label?: string;
}

/** Room behind every pointer target that must stay as it was, in bytes. */
export const MARGIN = 64;

export class CallMaker {
  readonly builder: ProgramBuilder;
  readonly context: PlanContext;
  private readonly buffers = new Map<string, number>();
  private readonly handles = new Map<string, Value>();

  constructor(builder: ProgramBuilder, context: PlanContext) {
    this.builder = builder;
    this.context = context;
  }

  layout(call: CallDescription): Layout {
    return layoutOf(this.context.driver.types, call.argument!, this.context.hello.abi);
  }

  /** A call with the given members; members left out are 0, or poison when they are outputs only. */
  call(fd: Value, call: CallDescription, values: Arguments, shape: CallShape = {}): number {
    const layout = this.layout(call);
    const room = shape.room ?? layout.size;
    const poison = shape.poison ?? 0;
    const buffer = this.argumentBuffer(call, room, shape);
    const bytes = new Uint8Array(Math.max(room, layout.size)).fill(poison, layout.size);
    for (const hole of layout.holes) bytes.fill(poison, hole.offset, hole.offset + hole.size);
    const patches: Relocation[] = [];
    for (const [path, role] of Object.entries(call.semantics.fields)) {
      const field = fieldOf(layout, path);
      const value = values[path];
      if (value === undefined) {
        if (role.direction === 'out') bytes.fill(poison, field.offset, field.offset + field.size);
      } else if (typeof value === 'bigint') writeScalar(bytes, field, value);
      else if (field.offset + field.size <= room)
        patches.push({ buffer, offset: field.offset, width: field.size as Relocation['width'], value });
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
        fills: hole || room === 0 ? [] : [{ buffer, offset: 0, bytes: bytes.subarray(0, room) }],
        patches: hole ? [] : patches,
        captures: kept.map(({ into, offset, size }) => ({
          slot: into,
          from: 'buffer',
          buffer,
          offset,
          width: size as Relocation['width'],
        })),
      },
    );
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
    const { direction, letter, number } = call.request!;
    return { direction, letter, number, size: call.argument ? this.layout(call).size : 0 };
  }

  /** The member through which a call gives a new handle. */
  creates(call: CallDescription): { field: string; resource: string } | undefined {
    for (const rule of walk(call.semantics.body)) {
      if ('set' in rule && 'fresh' in rule.to) return { field: rule.set, resource: rule.to.fresh };
    }
    return undefined;
  }

  releases(call: CallDescription): boolean {
    return [...walk(call.semantics.body)].some(rule => 'release' in rule);
  }

  /** A handle of the resource in the file, made by the first call that creates one; undefined when no call does. */
  freshHandle(fd: Value, resource: string): { step: number; handle: Value } | undefined {
    const creator = [...this.context.driver.calls.values()].find(
      call => call.request && this.creates(call)?.resource === resource,
    );
    if (!creator) return undefined;
    const before = this.goodArguments(fd, creator);
    if (!before) return undefined;
    const step = this.call(fd, creator, before.values, { label: `${creator.name} (for a handle)` });
    return { step, handle: this.lastSlot() };
  }

  private lastSlot(): Value {
    return slotValue(this.builder.lastSlot);
  }

  private handleFor(fd: Value, call: CallDescription, resource: string, steps: number[]): Value | undefined {
    const key = `${JSON.stringify(fd, (_, value) => (typeof value === 'bigint' ? String(value) : value))} ${resource}`;
    const known = this.handles.get(key);
    if (known && !this.releases(call)) return known;
    const made = this.freshHandle(fd, resource);
    if (!made) return undefined;
    steps.push(made.step);
    if (!this.releases(call)) this.handles.set(key, made.handle);
    return made.handle;
  }

  /**
   * Members that meet every documented condition, and the steps that had to run first. `pick` chooses between
   * several good values: it gets a member's name and how many there are.
   */
  goodArguments(
    fd: Value,
    call: CallDescription,
    pick: (field: string, count: number) => number = () => 0,
  ): { values: Record<string, Argument>; setup: number[] } | undefined {
    const values: Record<string, Argument> = {};
    const setup: number[] = [];
    const fields = Object.entries(call.semantics.fields);
    for (const [name, role] of fields) {
      if (role.direction === 'out') continue;
      if (role.role === 'handle') {
        const handle = this.handleFor(fd, call, role.resource!, setup);
        if (!handle) return undefined;
        values[name] = handle;
      } else if (role.role === 'pointer') continue;
      else {
        const good = this.goodValues(call, name);
        values[name] = good[pick(name, good.length) % good.length]!;
      }
    }
    for (const [name, role] of fields) {
      if (role.role !== 'pointer') continue;
      const target = this.target(call, name, values[role.target!.bytes] as bigint);
      values[name] = pick(name, 2) === 1 && role.target!.nullable ? 0n : addressOf(target);
    }
    return { values, setup };
  }

  /** The numbers that a good call may use for a member. */
  goodValues(call: CallDescription, name: string): bigint[] {
    const role = call.semantics.fields[name]!;
    const { types } = this.context.driver;
    if (role.valid) return role.valid.map(value => BigInt(value));
    if (role.values && role.role === 'selector') {
      const names =
        role.values.constants ?? types.enums.get(role.values.enum!)!.members.map(member => member.name);
      return names.map(each => types.constantValue(each));
    }
    if (role.values && role.role === 'flags') {
      const names =
        role.values.constants ?? types.enums.get(role.values.enum!)!.members.map(member => member.name);
      return [0n, ...names.map(each => types.constantValue(each))];
    }
    return [0n];
  }

  /** Memory behind a pointer member, with a margin that must stay untouched. */
  target(call: CallDescription, name: string, bytes: bigint): number {
    const size = Number(bytes < 65536n ? bytes : 65536n) + MARGIN;
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
    pick?: (field: string, count: number) => number,
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
