/** What the generators know: the target's machine, the driver's description, and a source of choices. */
import {
  type CallDescription,
  type DriverDescription,
  type Hello,
  systemConstant,
} from '../../schemas/index.ts';

/** Where root takes the driver from its device and gives it back. */
export interface Binding {
  /** Folder of the driver in sysfs, with the files `bind` and `unbind`. */
  readonly driver: string;
  /** Name of the device on its bus. */
  readonly device: string;
}

/** Where devlink answers for the device that carries the node. */
export interface ManagedPeer {
  /** Numbers of the family and of its multicast group. */
  readonly family: number;
  readonly group: number;
  readonly bus: string;
  readonly device: string;
}

export interface PlanContext {
  readonly driver: DriverDescription;
  readonly hello: Hello;
  readonly nodePath: string;
  readonly minor: number;
  readonly minors: readonly number[];
  /** Device parameters that could be learnt. */
  readonly params: ReadonlyMap<string, bigint | string>;
  readonly seed: number;
  /** How the driver leaves the device; absent when nothing can make it. */
  readonly binding?: Binding;
  /** Absent where devlink knows no such device. */
  readonly managed?: ManagedPeer;
  /** Whether the run keeps a clause instance; a generator need not make what nobody wants. */
  readonly wanted?: (instance: { readonly clause: string; readonly instance: string }) => boolean;
}

const keys = new WeakMap<Omit<PlanContext, 'driver'>, string>();

/** Two contexts of one driver with the same key differ in what is wanted only: what is planned for one holds for the other. */
export function contextKey(context: Omit<PlanContext, 'driver'>): string {
  let key = keys.get(context);
  if (key === undefined) {
    const { hello, nodePath, minor, minors, params, seed, binding, managed } = context;
    const { abi, pageSize, release } = hello;
    const peer = [binding?.driver, binding?.device, managed?.family, managed?.group];
    key = [abi, pageSize, release, nodePath, minor, minors, ...peer, seed, ...params].join(' ');
    keys.set(context, key);
  }
  return key;
}

/** The ioctls that a run may send, those of the node first, each in the order of their numbers. */
export function ioctls(driver: DriverDescription): CallDescription[] {
  const node = (call: CallDescription) => (call.request!.letter === 'd'.charCodeAt(0) ? 0 : 1);
  return [...driver.calls.values()]
    .filter(call => call.request && call.semantics.tier !== 'destructive')
    .sort((a, b) => node(a) - node(b) || a.request!.number - b.request!.number);
}

/** The ioctls of the node itself. */
export function nodeIoctls(driver: DriverDescription): CallDescription[] {
  return ioctls(driver).filter(call => call.request!.letter === 'd'.charCodeAt(0));
}

export const O_RDWR = systemConstant('O_RDWR');
