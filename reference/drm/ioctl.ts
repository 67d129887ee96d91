/**
 * drm_ioctl(): what the core does around every handler, then the handler's own body
 * (drivers/gpu/drm/drm_ioctl.c:833).
 */
import {
  type AbiName,
  type Body,
  type CallDescription,
  type DriverDescription,
  decodeRequest,
  type Environment,
  fieldOf,
  isDriverNumber,
  layoutOf,
  type Rule,
  readScalar,
  type SetRule,
  type WriteRule,
  writeScalar,
} from '../../schemas/index.ts';
import type { AddressSpace } from '../machine/address-space.ts';
import { MemoryFault } from '../machine/address-space.ts';
import {
  type BodyResult,
  type CallContext,
  type DescriptorTable,
  runBody,
  Unbound,
  Undetermined,
} from '../model/body.ts';
import type { CoreFaults } from '../model/faults.ts';
import type { Oracle } from '../model/oracle.ts';
import type { Client, KernelObject } from './objects.ts';

/** The number is defined, but no description says what the call does. */
export class Undescribed extends Error {
  override name = 'Undescribed';
}

/** Which rule wrote which bytes, so that a difference can name it. */
export interface Origin {
  /** The driver chose what these bytes hold, and it could not be seen. */
  readonly free?: true;
  readonly address: bigint;
  readonly length: number;
  readonly rule: SetRule | WriteRule;
  readonly field: string;
}

export interface IoctlResult extends BodyResult {
  /** The description of the handler that the number leads to. */
  readonly call?: CallDescription;
  readonly origins: readonly Origin[];
  /** The argument's bytes that are copied out. */
  readonly argument: { readonly address: bigint; readonly length: number };
}

/** What an ioctl needs of the machine around it. */
export interface IoctlHost extends DescriptorTable {
  readonly driver: DriverDescription;
  readonly abi: AbiName;
  readonly memory: AddressSpace;
  readonly oracle: Oracle;
  readonly faults: CoreFaults;
  minorExists(minor: bigint): boolean;
  alive(object: KernelObject): boolean;
}

/** What the terms and atoms of a call mean; only `field` depends on the call. Made for every call, so nothing is copied. */
export function environmentOf(
  host: IoctlHost,
  client: Client | undefined,
  bindings: ReadonlyMap<string, KernelObject>,
  field: Environment['field'],
): Environment {
  const { driver, memory } = host;
  const params = client?.device.params;
  return {
    field,
    constant: name => driver.types.constantValue(name),
    param: name => {
      const value = params?.get(name);
      if (value === undefined) throw new Undetermined(`device parameter ${name}`);
      return BigInt(value);
    },
    text: name => {
      const value = params?.get(name);
      if (value === undefined) throw new Undetermined(`device parameter ${name}`);
      return String(value);
    },
    property: (object, name) => {
      const found = bindings.get(object);
      if (!found) throw new Unbound(object);
      return found.properties.get(name) ?? 0n;
    },
    sizeof: type => BigInt(layoutOf(driver.types, type, host.abi).size),
    handle: (resource, value) => {
      if (client === undefined) return false;
      if (lookup(host, client, resource, value) !== undefined) return true;
      if (value !== 0n && client.unseen.has(resource)) throw new Undetermined(`${resource} ${value}`);
      return false;
    },
    minor: minor => host.minorExists(minor),
    call: number => isDefined(driver, Number(number)),
    readable: (address, length) => memory.readable(address, length),
    writable: (address, length) => memory.writable(address, length),
    values: set => {
      if (set.constants) return set.constants.map(name => driver.types.constantValue(name));
      const members = driver.types.enums.get(set.enum!)?.members ?? [];
      return members.map(member => driver.types.constantValue(member.name));
    },
  };
}

/** Whether a header defines the number for this driver's node. */
export function isDefined(driver: DriverDescription, number: number): boolean {
  return isDriverNumber(driver.types, number)
    ? driver.numbers.driver.includes(number)
    : driver.numbers.core.includes(number);
}

function lookup(host: IoctlHost, client: Client, resource: string, handle: bigint): KernelObject | undefined {
  if (host.faults.find) return host.faults.find(client, resource, handle);
  return client.table(resource).get(handle);
}

const byNumber = new WeakMap<DriverDescription, Map<number, CallDescription>>();
function callOf(driver: DriverDescription, number: number): CallDescription | undefined {
  let map = byNumber.get(driver);
  if (!map) {
    map = new Map(
      [...driver.calls.values()].filter(call => call.request).map(call => [call.request!.number, call]),
    );
    byNumber.set(driver, map);
  }
  return map.get(number);
}

const halves = new WeakMap<Body, [Rule[], Rule[]]>();
function splitAtHandler(body: Body): [Rule[], Rule[]] {
  let known = halves.get(body);
  if (!known) {
    const at = body.findIndex(rule => 'handler' in rule);
    known = [body.slice(0, at), body.slice(at + 1)] as [Rule[], Rule[]];
    halves.set(body, known);
  }
  return known;
}

/** Runs one ioctl of a client on the model. */
export function ioctl(host: IoctlHost, client: Client, request: bigint, address: bigint): IoctlResult {
  const { driver, memory, faults } = host;
  const encoded = decodeRequest(Number(BigInt.asUintN(32, request)));
  const number = faults.route?.(encoded.number) ?? encoded.number;
  const call = callOf(driver, number);
  const definition = call?.request;
  const known = driver.calls.get('ioctl')!;
  const defined = call?.argument ? layoutOf(driver.types, call.argument, host.abi).size : 0;
  const both = (bit: 'read' | 'write') =>
    directions(encoded.direction).includes(bit) &&
    definition !== undefined &&
    directions(definition.direction).includes(bit);
  let inSize = both('write') ? encoded.size : 0;
  let outSize = both('read') ? encoded.size : 0;
  const origins: Origin[] = [];
  const argument = () => ({ address, length: outSize });
  if (definition && BigInt(encoded.letter) === driver.types.constantValue('DRM_IOCTL_BASE')) {
    const changed = faults.sizes?.({ encoded: encoded.size, defined, in: inSize, out: outSize });
    if (changed?.refuse) return { errno: changed.refuse, call: call!, origins, argument: argument() };
    if (changed) ({ in: inSize, out: outSize } = changed);
  }
  const fields: Record<string, bigint> = {
    letter: BigInt(encoded.letter),
    number: BigInt(number),
    argument: address,
    in_size: BigInt(inSize),
    out_size: BigInt(outSize),
  };
  const dispatch: CallContext = {
    name: known.name,
    env: environmentOf(host, client, new Map(), name => fields[name]!),
    environmental: known.semantics.environmental ?? [],
    oracle: host.oracle,
    bindings: new Map(),
    setField: none,
    visible: none,
    unseen: none,
    writeUser: none,
    find: none,
    addHandle: none,
    removeHandle: none,
    lowestFree: none,
    addDescriptor: none,
    lowestDescriptor: none,
    descriptorInUse: none,
    stable: none,
    encodeStruct: none,
  };
  const [before, after] = splitAtHandler(known.semantics.body);
  const refused = runBody(before, dispatch);
  if (refused.errno)
    return { ...refused, ...(call ? { call } : {}), origins, argument: { address, length: 0 } };
  // The number check has let the call through although nothing is behind the number: nothing happens.
  if (!call && !isDefined(driver, number)) return { origins, argument: { address, length: 0 } };
  if (!call) throw new Undescribed(`ioctl number 0x${number.toString(16)} of ${driver.name}`);

  const data = new Uint8Array(Math.max(inSize, outSize, defined));
  data.set(readOrZeros(memory, address, inSize));
  faults.extend?.(data.subarray(inSize));
  const copyable = memory.writable(address, BigInt(outSize));
  host.oracle.hidden?.(!copyable);
  const result = handle(host, client, call, data, copyable ? outSize : 0, address, origins);
  faults.scribble?.(data, call.name);
  host.oracle.hidden?.(false);
  const late = runBody(after, dispatch);
  if (late.errno) {
    writeUpToFault(memory, address, data.subarray(0, outSize));
    return { ...late, call, origins, argument: argument() };
  }
  writeUpToFault(memory, address, data.subarray(0, outSize));
  return { ...result, call, origins, argument: argument() };
}

function directions(direction: string): readonly string[] {
  return direction === 'readwrite' ? ['read', 'write'] : [direction];
}

/** The checks of the dispatch body refuse what cannot be read; where one is missing, the handler sees zeros. */
function readOrZeros(memory: AddressSpace, address: bigint, length: number): Uint8Array {
  return memory.readable(address, BigInt(length)) ? memory.read(address, length) : new Uint8Array(length);
}

function writeUpToFault(memory: AddressSpace, address: bigint, bytes: Uint8Array): void {
  try {
    memory.write(address, bytes);
  } catch (error) {
    if (!(error instanceof MemoryFault)) throw error;
  }
}

/** The dispatch body writes nothing. */
const none = (): never => {
  throw new Error('the dispatch body only checks');
};

function handle(
  host: IoctlHost,
  client: Client,
  call: CallDescription,
  data: Uint8Array,
  outSize: number,
  address: bigint,
  origins: Origin[],
): BodyResult {
  const { driver, memory } = host;
  const layout = call.argument ? layoutOf(driver.types, call.argument, host.abi) : undefined;
  const input = data.slice();
  const bindings = new Map<string, KernelObject>();
  const member = (path: string) => {
    if (!layout) throw new Error(`${call.name} has no argument with a member ${path}`);
    return fieldOf(layout, path);
  };
  const context: CallContext = {
    name: call.name,
    env: environmentOf(host, client, bindings, path => readScalar(input, member(path))),
    oracle: host.oracle,
    bindings,
    environmental: call.semantics.environmental ?? [],
    setField: (rule, value) => {
      const field = member(rule.set);
      writeScalar(data, field, value);
      origins.push({ address: address + BigInt(field.offset), length: field.size, rule, field: rule.set });
    },
    visible: path => {
      const field = member(path);
      return field.offset + field.size <= outSize
        ? { kind: 'argument', offset: field.offset, size: field.size }
        : undefined;
    },
    unseen: rule => {
      const field = member(rule.set);
      origins.push({
        address: address + BigInt(field.offset),
        length: field.size,
        rule,
        field: rule.set,
        free: true,
      });
    },
    writeUser: (rule, at, bytes) => {
      origins.push({ address: at, length: bytes.length, rule, field: 'at' });
      writeUpToFault(memory, at, bytes);
    },
    find: (resource, number) => lookup(host, client, resource, number),
    addHandle: (resource, number, object) => {
      if (number === undefined) client.unseen.add(resource);
      else client.table(resource).set(number, object);
    },
    removeHandle: (resource, number) => client.table(resource).delete(number),
    lowestFree: resource => {
      const lowest = client.lowestFree(resource);
      return host.faults.issue?.(client, resource, lowest) ?? lowest;
    },
    addDescriptor: host.addDescriptor,
    lowestDescriptor: host.lowestDescriptor,
    descriptorInUse: host.descriptorInUse,
    stable: name => {
      let taken = client.device.stable.get(name);
      if (!taken) {
        taken = new Map();
        client.device.stable.set(name, taken);
      }
      // What a freed object had may be given to another.
      const bound = new Set(bindings.values());
      for (const [value, object] of taken) if (!bound.has(object) && !host.alive(object)) taken.delete(value);
      return taken;
    },
    encodeStruct: (type, values) => {
      const struct = layoutOf(driver.types, type, host.abi);
      const bytes = new Uint8Array(struct.size);
      for (const field of struct.fields) {
        const value = values.get(field.path);
        if (value !== undefined) writeScalar(bytes, field, value);
      }
      return bytes;
    },
  };
  return runBody(call.semantics.body, context);
}
