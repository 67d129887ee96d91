/** Runs the body of a handler over the bytes of its argument. */
import {
  type CallDescription,
  type EachRule,
  type FieldLayout,
  type FileKind,
  fieldOf,
  type Layout,
  layoutOf,
  littleEndian,
  type Rule,
  readScalar,
  type SetRule,
  type WriteRule,
  writeScalar,
} from '../../schemas/index.ts';
import { type AddressSpace, MemoryFault } from '../machine/address-space.ts';
import { type BodyResult, type Element, type MemberArray, runBody } from '../model/body.ts';
import type { Place } from '../model/oracle.ts';
import type { Encoded } from '../model/output.ts';
import { BodyContext } from './body-context.ts';
import { lookup } from './environment.ts';
import type { IoctlHost } from './host.ts';
import type { Client, KernelObject } from './objects.ts';

/** Which rule wrote which bytes, so that a difference can name it. */
export interface Origin {
  /** The driver chose what these bytes hold, and it could not be seen. */
  readonly free?: true;
  readonly address: bigint;
  readonly length: number;
  readonly rule: SetRule | WriteRule;
  readonly field: string;
}

/** The argument of one call: what the handler works on, and how much of it the caller will see. */
export interface Argument {
  /** As the caller passed it, extended with zeros. */
  readonly data: Uint8Array;
  readonly address: bigint;
  /** Bytes that are copied out. */
  readonly outSize: number;
}

export function writeUpToFault(memory: AddressSpace, address: bigint, bytes: Uint8Array): void {
  try {
    memory.write(address, bytes);
  } catch (error) {
    if (!(error instanceof MemoryFault)) throw error;
  }
}

interface Outer {
  readonly rule: EachRule;
  readonly element: Element;
}

/** What one run of a handler works on; its contexts, one for every element that is looked at, share it. */
interface Run {
  readonly argument: Argument;
  readonly layout: Layout | undefined;
  /** The argument as it was before the handler wrote to it. */
  readonly input: Uint8Array;
  readonly origins: Origin[];
}

function memberOf({ layout }: Run, { name }: CallDescription, path: string): FieldLayout {
  if (!layout) throw new Error(`${name} has no argument with members`);
  return fieldOf(layout, path);
}

class HandlerContext extends BodyContext {
  private readonly shared: Run;
  private readonly outer: readonly Outer[];

  constructor(
    host: IoctlHost,
    call: CallDescription,
    client: Client | undefined,
    bindings: Map<string, KernelObject>,
    field: (path: string) => bigint,
    shared: Run,
    outer: readonly Outer[] = [],
  ) {
    super(host, call, client, field, bindings);
    this.shared = shared;
    this.outer = outer;
  }

  /** The third argument of the ioctl() itself. */
  get argument(): bigint {
    return this.shared.argument.address;
  }

  index(name: string): bigint {
    return this.outerOf(name, `there is no each ${name} here`).element.index;
  }

  private outerOf(name: string, otherwise: string): Outer {
    const found = this.outer.find(each => each.element.name === name);
    if (!found) throw new Error(otherwise);
    return found;
  }

  private member(path: string): FieldLayout {
    return memberOf(this.shared, this.call, path);
  }

  private struct(type: string): Layout {
    return layoutOf(this.host.driver.types, type, this.host.abi);
  }

  checked(again: () => boolean): string | undefined {
    const { host, call } = this;
    const split = host.faults.split?.(call.name);
    if (split === 'checked' || split === 'twice') host.letOthersIn?.();
    return split === 'twice' && again() ? 'EIO' : undefined;
  }

  override element(rule: EachRule, element: Element): HandlerContext {
    // A struct that is there once is no loop: what is found or made in it is known behind it too.
    const own = rule.count === 1 ? this.bindings : new Map(this.bindings);
    const { field } = this;
    const layout = rule.struct === undefined ? undefined : this.struct(rule.struct);
    const inside = `${element.name}.`;
    /** `name` or `name.member` of the element, the rest as before. */
    const within = (path: string) => {
      if (path === element.name) return littleEndian(element.bytes);
      if (layout && path.startsWith(inside))
        return readScalar(element.bytes, fieldOf(layout, path.slice(inside.length)));
      return field(path);
    };
    const outer = [...this.outer, { rule, element }];
    return new HandlerContext(this.host, this.call, this.client, own, within, this.shared, outer);
  }

  override arrayOf(path: string): MemberArray | { address: bigint; stride: number } {
    const dot = path.indexOf('.');
    const holder = dot < 0 ? undefined : this.outer.find(each => each.element.name === path.slice(0, dot));
    const [bytes, found] = holder
      ? [holder.element.bytes, fieldOf(this.struct(holder.rule.struct!), path.slice(dot + 1))]
      : [this.shared.input, this.member(path)];
    const { length, stride } = found.array!;
    const start = holder?.element.address;
    if (length === null && start !== undefined) return { address: start + BigInt(found.offset), stride };
    return { bytes: bytes.subarray(found.offset, found.offset + found.size), count: length ?? 0, stride };
  }

  override setField(rule: SetRule, value: bigint): void {
    const { argument, origins } = this.shared;
    const found = this.member(rule.set);
    if (found.scalar) writeScalar(argument.data, found, value);
    else argument.data.fill(0, found.offset, found.offset + found.size);
    const address = argument.address + BigInt(found.offset);
    origins.push({ address, length: found.size, rule, field: rule.set });
  }

  override visible(path: string): Place | undefined {
    const found = this.member(path);
    return found.offset + found.size <= this.shared.argument.outSize
      ? { kind: 'argument', offset: found.offset, size: found.size }
      : undefined;
  }

  override unseen(rule: SetRule): void {
    const found = this.member(rule.set);
    const { argument, origins } = this.shared;
    const address = argument.address + BigInt(found.offset);
    origins.push({ address, length: found.size, rule, field: rule.set, free: true });
  }

  override writeUser(rule: WriteRule, address: bigint, bytes: Uint8Array): void {
    this.shared.origins.push({ address, length: bytes.length, rule, field: 'at' });
    writeUpToFault(this.host.memory, address, bytes);
  }

  override unpredicted(rule: WriteRule, address: bigint, length: number): void {
    this.shared.origins.push({ address, length, rule, field: 'at', free: true });
  }

  override find(resource: string, handle: bigint): KernelObject | undefined {
    return this.client ? lookup(this.host, this.client, resource, handle) : undefined;
  }

  override findDescriptor(descriptor: bigint, kind: FileKind): KernelObject | undefined {
    return this.host.objectOf(descriptor, kind);
  }

  override addHandle(resource: string, handle: bigint | undefined, object: KernelObject): void {
    const { host, client } = this;
    const split = host.faults.split?.(this.call.name);
    if (split === 'numbered') host.letOthersIn?.();
    if (handle === undefined) client?.unseen.add(resource);
    else client?.table(resource).set(handle, object);
    if (split === 'published') unfinished(host, object);
  }

  override removeHandle(resource: string, handle: bigint): void {
    this.client?.remove(resource, handle);
  }

  override lowestFree(resource: string, least: bigint, step: bigint): bigint {
    const client = this.client!;
    const lowest = client.lowestFree(resource, least, step);
    return this.host.faults.issue?.(client, resource, lowest) ?? lowest;
  }

  override addDescriptor(...args: Parameters<BodyContext['addDescriptor']>): void {
    this.host.addDescriptor(...args);
  }

  override lowestDescriptor(): bigint {
    return this.host.lowestDescriptor();
  }

  override descriptorUnseen(): void {
    this.host.descriptorUnseen();
  }

  override descriptorInUse(descriptor: bigint): boolean {
    return this.host.descriptorInUse(descriptor);
  }

  override mayBeGone(object: KernelObject): boolean {
    return this.host.mayBeGone(object);
  }

  override stable(name: string): Map<bigint, KernelObject> {
    return stableNumbers(this.host, name, this.bindings);
  }

  override encodeStruct(
    type: string,
    values: ReadonlyMap<string, bigint>,
    unknown: readonly string[],
  ): Encoded {
    const struct = this.struct(type);
    const bytes = new Uint8Array(struct.size);
    for (const field of struct.fields) {
      const value = values.get(field.path);
      if (value !== undefined) writeScalar(bytes, field, value);
    }
    return { bytes, unknown: struct.fields.filter(({ path }) => unknown.includes(path)) };
  }
}

export function runHandler(
  host: IoctlHost,
  client: Client | undefined,
  call: CallDescription,
  body: readonly Rule[],
  argument: Argument,
  origins: Origin[],
  bound?: ReadonlyMap<string, KernelObject>,
): BodyResult {
  const layout = call.argument ? layoutOf(host.driver.types, call.argument, host.abi) : undefined;
  const input = argument.data.slice();
  const shared: Run = { argument, layout, input, origins };
  const bindings = new Map(bound);
  if (client) bindings.set('client', client.state);
  const field = (path: string) => readScalar(input, memberOf(shared, call, path));
  return runBody(body, new HandlerContext(host, call, client, bindings, field, shared));
}

/** Lets others see an object that has nothing yet. */
function unfinished({ letOthersIn }: IoctlHost, { properties }: KernelObject): void {
  const whole = [...properties];
  properties.clear();
  letOthersIn?.();
  for (const [name, value] of whole) properties.set(name, value);
}

/** The numbers of a kind that are taken. What a freed object had may be given to another. */
function stableNumbers(
  host: IoctlHost,
  name: string,
  bindings: ReadonlyMap<string, KernelObject>,
): Map<bigint, KernelObject> {
  const { stable } = host.device;
  let taken = stable.get(name);
  if (!taken) {
    taken = new Map();
    stable.set(name, taken);
  }
  const bound = new Set(bindings.values());
  for (const [value, object] of taken) if (!bound.has(object) && !host.alive(object)) taken.delete(value);
  return taken;
}
