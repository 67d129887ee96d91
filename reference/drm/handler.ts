/** Runs the body of a handler over the bytes of its argument. */
import {
  type CallDescription,
  type EachRule,
  type FieldLayout,
  fieldOf,
  type Layout,
  layoutOf,
  type Rule,
  readScalar,
  type SetRule,
  type WriteRule,
  writeScalar,
} from '../../schemas/index.ts';
import { type AddressSpace, MemoryFault } from '../machine/address-space.ts';
import { type BodyResult, type CallContext, type Element, runBody } from '../model/body.ts';
import { environmentOf, lookup, sceneOf } from './environment.ts';
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

/** Reads `name` or `name.member` of one element, the rest as before. */
function withElement(
  host: IoctlHost,
  field: (path: string) => bigint,
  rule: EachRule,
  element: Element,
): (path: string) => bigint {
  const layout = rule.struct === undefined ? undefined : layoutOf(host.driver.types, rule.struct, host.abi);
  return path => {
    if (path === element.name) return littleEndian(element.bytes);
    if (layout && path.startsWith(`${element.name}.`))
      return readScalar(element.bytes, fieldOf(layout, path.slice(element.name.length + 1)));
    return field(path);
  };
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

interface Outer {
  readonly rule: EachRule;
  readonly element: Element;
}

export function runHandler(
  host: IoctlHost,
  client: Client | undefined,
  call: CallDescription,
  body: readonly Rule[],
  argument: Argument,
  origins: Origin[],
  bound: ReadonlyMap<string, KernelObject> = new Map(),
): BodyResult {
  const { driver, memory } = host;
  const { data, address, outSize } = argument;
  const layout = call.argument ? layoutOf(driver.types, call.argument, host.abi) : undefined;
  const input = data.slice();
  const own = (): Layout => {
    if (!layout) throw new Error(`${call.name} has no argument with members`);
    return layout;
  };
  const member = (path: string): FieldLayout => fieldOf(own(), path);
  const contextOf = (
    bindings: Map<string, KernelObject>,
    field: (path: string) => bigint,
    outer: readonly Outer[],
  ): CallContext => {
    const scene = sceneOf(host, client, bindings);
    const { behaviour } = host;
    const index = (name: string) => {
      const found = outer.find(each => each.element.name === name);
      if (!found) throw new Error(`there is no each ${name} here`);
      return found.element.index;
    };
    return {
      name: call.name,
      env: environmentOf(host, { client, bindings, behaviour, scene, field, index, argument: address }),
      behaviour,
      scene,
      oracle: host.oracle,
      bindings,
      environmental: call.semantics.environmental ?? [],
      checked: again => {
        const split = host.faults.split?.(call.name);
        if (split === 'checked' || split === 'twice') host.letOthersIn?.();
        return split === 'twice' && again() ? 'EIO' : undefined;
      },
      element: (rule, element) => {
        // A struct that is there once is no loop: what is found or made in it is known behind it too.
        const own = rule.count === 1 ? bindings : new Map(bindings);
        return contextOf(own, withElement(host, field, rule, element), [...outer, { rule, element }]);
      },
      arrayOf: path => {
        const dot = path.indexOf('.');
        const holder = dot < 0 ? undefined : outer.find(each => each.element.name === path.slice(0, dot));
        const [bytes, found] = holder
          ? [
              holder.element.bytes,
              fieldOf(layoutOf(driver.types, holder.rule.struct!, host.abi), path.slice(dot + 1)),
            ]
          : [input, member(path)];
        const { length, stride } = found.array!;
        const start = holder?.element.address;
        if (length === null && start !== undefined) return { address: start + BigInt(found.offset), stride };
        return { bytes: bytes.subarray(found.offset, found.offset + found.size), count: length ?? 0, stride };
      },
      setField: (rule, value) => {
        const found = member(rule.set);
        if (found.scalar) writeScalar(data, found, value);
        else data.fill(0, found.offset, found.offset + found.size);
        origins.push({ address: address + BigInt(found.offset), length: found.size, rule, field: rule.set });
      },
      visible: path => {
        const found = member(path);
        return found.offset + found.size <= outSize
          ? { kind: 'argument', offset: found.offset, size: found.size }
          : undefined;
      },
      unseen: rule => {
        const found = member(rule.set);
        const place = { address: address + BigInt(found.offset), length: found.size };
        origins.push({ ...place, rule, field: rule.set, free: true });
      },
      writeUser: (rule, at, bytes) => {
        origins.push({ address: at, length: bytes.length, rule, field: 'at' });
        writeUpToFault(memory, at, bytes);
      },
      unpredicted: (rule, at, length) => origins.push({ address: at, length, rule, field: 'at', free: true }),
      find: (resource, number) => (client ? lookup(host, client, resource, number) : undefined),
      findDescriptor: (descriptor, kind) => host.objectOf(descriptor, kind),
      addHandle: (resource, number, object) => {
        const split = host.faults.split?.(call.name);
        if (split === 'numbered') host.letOthersIn?.();
        if (number === undefined) client?.unseen.add(resource);
        else client?.table(resource).set(number, object);
        if (split === 'published') unfinished(host, object);
      },
      removeHandle: (resource, number) => client?.remove(resource, number),
      lowestFree: (resource, least) => {
        const lowest = client!.lowestFree(resource, least);
        return host.faults.issue?.(client!, resource, lowest) ?? lowest;
      },
      addDescriptor: host.addDescriptor,
      lowestDescriptor: host.lowestDescriptor,
      descriptorUnseen: host.descriptorUnseen,
      descriptorInUse: host.descriptorInUse,
      mayBeGone: host.mayBeGone,
      stable: name => stableNumbers(host, name, bindings),
      encodeStruct: (type, values, unknown) => {
        const struct = layoutOf(driver.types, type, host.abi);
        const bytes = new Uint8Array(struct.size);
        for (const field of struct.fields) {
          const value = values.get(field.path);
          if (value !== undefined) writeScalar(bytes, field, value);
        }
        return { bytes, unknown: struct.fields.filter(({ path }) => unknown.includes(path)) };
      },
    };
  };
  return runBody(
    body,
    contextOf(
      new Map([...bound, ...(client ? [['client', client.state] as const] : [])]),
      path => readScalar(input, member(path)),
      [],
    ),
  );
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
