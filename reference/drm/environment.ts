/** What the terms and atoms of a call mean on the model. */
import {
  type DriverDescription,
  type Environment,
  isDriverNumber,
  layoutOf,
  predicates,
  valuesOf,
} from '../../schemas/index.ts';
import { type Behaviour, type Maybe, named, type Scene } from '../model/scene.ts';
import { type BodyEnvironment, UNBOUND, Undetermined } from '../model/unknown.ts';
import type { IoctlHost } from './host.ts';
import { callOf } from './numbers.ts';
import type { Client, KernelObject } from './objects.ts';

/** A predicate that looks at more than this many bytes is nothing that a test makes. */
const MOST_BYTES = 1n << 20n;
/** What may be looked at behind the last readable byte, in bytes. */
const BEYOND = 64n;

/** Whether a header defines the number for this driver's node. */
export function isDefined(driver: DriverDescription, number: number): boolean {
  return isDriverNumber(driver.types, number)
    ? driver.numbers.driver.includes(number)
    : driver.numbers.core.includes(number);
}

export function lookup(
  host: IoctlHost,
  client: Client,
  resource: string,
  handle: bigint,
): KernelObject | undefined {
  if (host.faults.find) return host.faults.find(client, resource, handle);
  if (resource === 'gem_name') {
    const object = client.device.stable.get('name')?.get(handle);
    const held = (one: KernelObject) => [...client.device.clients].some(each => each.holds(one));
    return object && (host.faults.namesStay || held(object)) ? object : undefined;
  }
  return host.calls.kept(`${resource} ${handle} of ${client.id}`, () => client.table(resource).get(handle));
}

/** The names that a condition or a term may use for the call at hand. */
export interface CallScope {
  readonly client: Client | undefined;
  readonly bindings: ReadonlyMap<string, KernelObject>;
  readonly behaviour: Behaviour;
  readonly scene: Scene;
  readonly field: Environment['field'];
  readonly index?: Environment['index'];
  /** The third argument of the ioctl() itself. */
  readonly argument?: bigint;
}

export function sceneOf(
  host: IoctlHost,
  client: Client | undefined,
  bindings: ReadonlyMap<string, KernelObject>,
): Scene {
  return {
    device: host.device,
    client,
    clock: host.clock,
    get privileged() {
      return host.privileged();
    },
    bytes: (address, length) =>
      host.memory.readable(address, length) ? host.memory.read(address, Number(length)) : undefined,
    seen: (address, length) => host.oracle.seenAt?.(address, Number(length)),
    param: name => number(host, name),
    object: name => bindings.get(name),
    mapped: object => host.mapped(object),
    kept: (name, find) => host.calls.kept(name, find),
  };
}

function number(host: IoctlHost, name: string): bigint {
  const value = host.device.params.get(name);
  if (value === undefined) throw new Undetermined(`device parameter ${name}`);
  return BigInt(value);
}

/** Made for every call, so nothing is copied. */
export function environmentOf(host: IoctlHost, scope: CallScope): BodyEnvironment {
  const { driver, memory, device } = host;
  const { client, bindings, behaviour, scene } = scope;
  const undecided: Maybe[] = [];
  const decide = (name: string, address: bigint, length: bigint) =>
    decidePredicate(host, name, address, length);
  const object = (name: string): KernelObject => {
    const found = name === 'device' ? device.state : bindings.get(name);
    if (!found) throw UNBOUND;
    return found;
  };
  return {
    undecided,
    field: scope.field,
    index:
      scope.index ??
      (name => {
        throw new Error(`there is no each ${name} here`);
      }),
    constant: name => driver.types.constantValue(name),
    param: name => number(host, name),
    text: name => {
      const value = device.params.get(name);
      if (value === undefined) throw new Undetermined(`device parameter ${name}`);
      return String(value);
    },
    property: (name, property) => object(name).properties.get(property) ?? 0n,
    sizeof: type => BigInt(layoutOf(driver.types, type, host.abi).size),
    handle: (resource, value) => {
      if (client === undefined) return false;
      if (lookup(host, client, resource, value) !== undefined) return true;
      const hidden = client.unseen.has(resource) || (resource === 'gem_name' && device.unseen.has('name'));
      if (value !== 0n && hidden) throw new Undetermined(`${resource} ${value}`);
      return false;
    },
    minor: minor => host.minorExists(minor),
    call: value => isDefined(driver, Number(value)),
    now: () => host.clock.now(),
    argument: () => scope.argument ?? 0n,
    number: (name, args) => {
      const value = named(behaviour.numbers, name)(scene, args);
      if (value === undefined) throw new Undetermined(name);
      return value;
    },
    model: (name, args, about) => {
      const known = named(behaviour.states, name)(
        scene,
        args,
        about === undefined ? undefined : object(about),
      );
      if (typeof known === 'boolean') return known;
      undecided.push(known);
      return true;
    },
    forbidden: value => client !== undefined && isForbidden(host, client, Number(value)),
    unplugged: () => device.unplugged,
    descriptor: (value, kind) => host.isOpen(value, kind),
    absent: name => name !== 'device' && !bindings.has(name),
    same: (a, b) => object(a) === object(b),
    attachedTwice: name => {
      const attached = (object(name).attached ?? []).map(each => each.object);
      return new Set(attached).size < attached.length;
    },
    predicate: (name, address, length) => {
      const { decision, readable } = decide(name, address, length);
      const unread = BigInt(decision.consumed) > readable;
      return { ...(decision.broken !== undefined && !unread ? { broken: decision.broken } : {}), unread };
    },
    derived: (name, address, length) => decide(name, address, length).decision.properties,
    bytes: (address, length) =>
      memory.readable(address, length) ? memory.read(address, Number(length)) : undefined,
    readable: (address, length) => memory.readable(address, length),
    writable: (address, length) => memory.writable(address, length),
    values: set => valuesOf(driver.types, set),
  };
}

/** drm_ioctl_permit() (drivers/gpu/drm/drm_ioctl.c:608). An accel node has no master. */
function isForbidden(host: IoctlHost, client: Client, value: number): boolean {
  const access = callOf(host.driver, value)?.semantics.access ?? [];
  const render = host.driver.manifest.node === 'render';
  if (access.includes('root') && !host.privileged()) return true;
  if (access.includes('auth') && !render && !client.authenticated) return true;
  if (access.includes('master')) return true;
  return render && !access.includes('render');
}

/** Bytes behind the address that can be read, up to what is asked for. */
function readableLength(host: IoctlHost, address: bigint, length: bigint): bigint {
  if (host.memory.readable(address, length)) return length;
  let [low, high] = [0n, length];
  while (low + 1n < high) {
    const middle = (low + high) / 2n;
    if (host.memory.readable(address, middle)) low = middle;
    else high = middle;
  }
  return low;
}

function decidePredicate(host: IoctlHost, name: string, address: bigint, length: bigint) {
  const predicate = predicates.get(name);
  if (!predicate) throw new Error(`there is no predicate ${name}`);
  // The predicate may look a little further than the length says.
  const readable = readableLength(host, address, length + BEYOND);
  const looked = readable < length ? readable : length;
  if (looked > MOST_BYTES) throw new Undetermined(`${length} bytes for ${name}`);
  const whole = looked < length && looked + BEYOND < length ? looked + BEYOND : length;
  const bytes = new Uint8Array(Number(whole));
  bytes.set(host.memory.read(address, Number(looked)));
  return { decision: predicate.decide(bytes, parameter => number(host, parameter)), readable };
}
