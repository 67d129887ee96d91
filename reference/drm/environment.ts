/** What the terms and atoms of a call mean on the model. */
import {
  type DriverDescription,
  type Environment,
  type FileKind,
  isDriverNumber,
  layoutOf,
  predicates,
  type ValueSet,
  valuesOf,
} from '../../schemas/index.ts';
import { type Behaviour, type Clock, type Maybe, named, type Scene } from '../model/scene.ts';
import { type BodyEnvironment, UNBOUND, Undetermined } from '../model/unknown.ts';
import type { IoctlHost } from './host.ts';
import { callOf } from './numbers.ts';
import type { Client, Device, KernelObject } from './objects.ts';

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
  /** Most bodies never ask for it, so it is made when one does. */
  readonly scene: Scene;
  readonly field: Environment['field'];
  readonly index?: Environment['index'];
  /** The third argument of the ioctl() itself. */
  readonly argument?: bigint;
}

/**
 * What the model's own states and numbers look at. Most of them want one or two of its functions, so that each is
 * made when it is asked for. Not to be spread: its functions are no members of its own.
 */
export class CallScene implements Scene {
  readonly device: Device;
  readonly client: Client | undefined;
  readonly clock: Clock;
  private readonly host: IoctlHost;
  private readonly bindings: ReadonlyMap<string, KernelObject>;

  constructor(host: IoctlHost, client: Client | undefined, bindings: ReadonlyMap<string, KernelObject>) {
    this.host = host;
    this.device = host.device;
    this.client = client;
    this.clock = host.clock;
    this.bindings = bindings;
  }

  get privileged(): boolean {
    return this.host.privileged();
  }

  get bytes(): Scene['bytes'] {
    const { memory } = this.host;
    return (address, length) =>
      memory.readable(address, length) ? memory.read(address, Number(length)) : undefined;
  }

  get seen(): Scene['seen'] {
    const { oracle } = this.host;
    return (address, length) => oracle.seenAt?.(address, Number(length));
  }

  get param(): Scene['param'] {
    return name => number(this.host, name);
  }

  get object(): Scene['object'] {
    return name => this.bindings.get(name);
  }

  get mapped(): Scene['mapped'] {
    return object => this.host.mapped(object);
  }

  get kept(): Scene['kept'] {
    return (name, find) => this.host.calls.kept(name, find);
  }
}

function number(host: IoctlHost, name: string): bigint {
  const value = host.device.params.get(name);
  if (value === undefined) throw new Undetermined(`device parameter ${name}`);
  return BigInt(value);
}

/** Made for every call, so nothing is copied and no function is made. */
export class CallEnvironment implements BodyEnvironment {
  readonly undecided: Maybe[] = [];
  private readonly host: IoctlHost;
  private readonly scope: CallScope;
  private readonly device: Device;

  constructor(host: IoctlHost, scope: CallScope) {
    this.host = host;
    this.scope = scope;
    this.device = host.device;
  }

  field(path: string): bigint {
    return this.scope.field(path);
  }

  index(name: string): bigint {
    const { scope } = this;
    if (!scope.index) throw new Error(`there is no each ${name} here`);
    return scope.index(name);
  }

  constant(name: string): bigint {
    return this.host.driver.types.constantValue(name);
  }

  param(name: string): bigint {
    return number(this.host, name);
  }

  text(name: string): string {
    const value = this.device.params.get(name);
    if (value === undefined) throw new Undetermined(`device parameter ${name}`);
    return String(value);
  }

  property(object: string, name: string): bigint {
    return this.object(object).properties.get(name) ?? 0n;
  }

  sizeof(type: string): bigint {
    return BigInt(layoutOf(this.host.driver.types, type, this.host.abi).size);
  }

  handle(resource: string, value: bigint): boolean {
    const { client } = this.scope;
    if (client === undefined) return false;
    if (lookup(this.host, client, resource, value) !== undefined) return true;
    const hidden = client.unseen.has(resource) || (resource === 'gem_name' && this.device.unseen.has('name'));
    if (value !== 0n && hidden) throw new Undetermined(`${resource} ${value}`);
    return false;
  }

  minor(value: bigint): boolean {
    return this.host.minorExists(value);
  }

  call(value: bigint): boolean {
    return isDefined(this.host.driver, Number(value));
  }

  now(): bigint {
    return this.host.clock.now();
  }

  argument(): bigint {
    return this.scope.argument ?? 0n;
  }

  number(name: string, args: readonly bigint[]): bigint {
    const { behaviour, scene } = this.scope;
    const value = named(behaviour.numbers, name)(scene, args);
    if (value === undefined) throw new Undetermined(name);
    return value;
  }

  model(name: string, args: readonly bigint[], about?: string): boolean {
    const { behaviour, scene } = this.scope;
    const object = about === undefined ? undefined : this.object(about);
    const known = named(behaviour.states, name)(scene, args, object);
    if (typeof known === 'boolean') return known;
    this.undecided.push(known);
    return true;
  }

  forbidden(value: bigint): boolean {
    const { client } = this.scope;
    return client !== undefined && isForbidden(this.host, client, Number(value));
  }

  unplugged(): boolean {
    return this.device.unplugged;
  }

  descriptor(value: bigint, kind?: FileKind): boolean {
    return this.host.isOpen(value, kind);
  }

  absent(name: string): boolean {
    return name !== 'device' && !this.scope.bindings.has(name);
  }

  same(a: string, b: string): boolean {
    return this.object(a) === this.object(b);
  }

  attachedTwice(name: string): boolean {
    const attached = (this.object(name).attached ?? []).map(each => each.object);
    return new Set(attached).size < attached.length;
  }

  predicate(name: string, address: bigint, length: bigint): { broken?: string; unread: boolean } {
    const { decision, readable } = decidePredicate(this.host, name, address, length);
    const unread = BigInt(decision.consumed) > readable;
    return { ...(decision.broken !== undefined && !unread ? { broken: decision.broken } : {}), unread };
  }

  derived(name: string, address: bigint, length: bigint): Iterable<[string, bigint]> {
    return decidePredicate(this.host, name, address, length).decision.properties;
  }

  bytes(address: bigint, length: bigint): Uint8Array | undefined {
    const { memory } = this.host;
    return memory.readable(address, length) ? memory.read(address, Number(length)) : undefined;
  }

  readable(address: bigint, length: bigint): boolean {
    return this.host.memory.readable(address, length);
  }

  writable(address: bigint, length: bigint): boolean {
    return this.host.memory.writable(address, length);
  }

  values(set: ValueSet): readonly bigint[] {
    return valuesOf(this.host.driver.types, set);
  }

  private object(name: string): KernelObject {
    const found = name === 'device' ? this.device.state : this.scope.bindings.get(name);
    if (!found) throw UNBOUND;
    return found;
  }
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
