/** Objects of a device, and the open files that hold handles to them. */

import type { DeviceMood } from '../../schemas/index.ts';
import { EventQueue } from './events.ts';
import { HandleTable } from './handle-table.ts';

/** Anything a handle or a descriptor may name: a GEM object, an open file. */
export interface KernelObject {
  readonly type: string;
  /** Properties and state variables, by name. */
  readonly properties: Map<string, bigint>;
  /** Content that mappings share; made at the first mapping. */
  memory?: Uint8Array;
  /** Objects that it holds references to, each in a role that is a number. */
  attached?: { readonly object: KernelObject; readonly as: bigint }[];
}

export function newObject(type: string, properties: Iterable<[string, bigint]> = []): KernelObject {
  return { type, properties: new Map(properties) };
}

/** One open of the node: a client with its own handle tables. */
export class Client {
  device: Device;
  /** No two clients of a device have the same. */
  readonly id: number;
  private readonly tables = new Map<string, HandleTable>();
  /** Resources of which a handle exists whose number could not be seen. */
  readonly unseen = new Set<string>();
  /** Whether the opener had CAP_SYS_ADMIN (drivers/gpu/drm/drm_file.c:152). */
  readonly authenticated: boolean;
  /** The handles by which PRIME knows objects of this file (drivers/gpu/drm/drm_prime.c: drm_prime_add_buf_handle). */
  readonly prime = new Map<KernelObject, Set<bigint>>();
  readonly events = new EventQueue();
  /** State of the open file itself, for bodies that name it `client`. */
  readonly state: KernelObject = newObject('client');
  /** Objects that the file has a handle of because it took them in as dma-bufs. */
  readonly takenIn = new Set<KernelObject>();
  /** Shown in fdinfo. */
  name = '';

  /** Opened through the primary node of the device. */
  readonly primary: boolean;

  /** Opened through the node for information. */
  readonly control: boolean;

  constructor(device: Device, authenticated = true, primary = false, control = false) {
    this.primary = primary;
    this.control = control;
    this.device = device;
    this.id = device.nextClient;
    device.nextClient += 1;
    this.authenticated = authenticated;
  }

  table(resource: string): HandleTable {
    let table = this.tables.get(resource);
    if (!table) {
      table = new HandleTable();
      this.tables.set(resource, table);
    }
    return table;
  }

  /** Gives up a handle, and what PRIME knows of it (drivers/gpu/drm/drm_gem.c:341). */
  remove(resource: string, handle: bigint): void {
    const object = this.table(resource).get(handle);
    this.table(resource).delete(handle);
    if (!object) return;
    this.prime.get(object)?.delete(handle);
    if (!this.table(resource).holds(object)) this.takenIn.delete(object);
    this.device.forgetName(object);
  }

  /** Whether a handle of any resource names the object; its own state it always has. */
  holds(object: KernelObject): boolean {
    if (object === this.state) return true;
    for (const table of this.tables.values()) if (table.holds(object)) return true;
    return false;
  }

  lowestFree(resource: string, least = 1n, step = 1n): bigint {
    return this.table(resource).lowestFree(least, step);
  }
}

/** One device: what all its clients share. */
export class Device {
  readonly minor: bigint;
  readonly params: ReadonlyMap<string, bigint | string>;
  /** Marked as gone with drm_dev_unplug(); open descriptors are left over. */
  unplugged = false;
  /** Its driver has left it. */
  left = false;
  /** State of the device as a whole, for bodies that name it `device`. */
  readonly state: KernelObject = newObject('device');
  readonly clients = new Set<Client>();
  nextClient = 1;
  /** Numbers that stay with an object for ever, by property name: the mmap offsets. */
  readonly stable = new Map<string, Map<bigint, KernelObject>>();
  /** Properties of which an object has a number that could not be seen. */
  readonly unseen = new Set<string>();

  /** The name of GEM_FLINK goes with the last handle (drivers/gpu/drm/drm_gem.c:311). */
  forgetName(object: KernelObject): void {
    const name = object.properties.get('name');
    if (name === undefined || [...this.clients].some(client => client.holds(object))) return;
    // A handle whose number could not be seen may hold it.
    if ([...this.clients].some(client => client.unseen.has('gem_handle'))) this.unseen.add('name');
    object.properties.delete('name');
    this.stable.get('name')?.delete(name);
  }

  /** Whether its node can be opened: drm_minor_unregister() has not run (drivers/gpu/drm/drm_drv.c:215). */
  get present(): boolean {
    return !this.unplugged && !this.left;
  }

  /** How many have opened the compute node. */
  get openers(): number {
    return [...this.clients].filter(client => !client.control).length;
  }

  /** How the device works on jobs. */
  readonly mood: DeviceMood;

  constructor(minor: bigint, params: ReadonlyMap<string, bigint | string>, mood: DeviceMood = 'complete') {
    this.minor = minor;
    this.mood = mood;
    this.params = params;
  }
}
