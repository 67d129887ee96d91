/** What a sync object holds: a fence, a timeline, or nothing (drivers/gpu/drm/drm_syncobj.c). */
import type { KernelObject } from '../drm/objects.ts';
import type { Clock } from '../model/scene.ts';
import { Undetermined } from '../model/unknown.ts';
import { ChainFence, findNumber, takeNumber, UnnumberedFence } from './chain.ts';
import type { Fence } from './fence.ts';

/** Somebody who is told once when there is a fence for a point. */
interface Waiter {
  readonly point: bigint;
  readonly then: (fence: Fence) => void;
}

const held = new WeakMap<KernelObject, Fence>();
const lost = new WeakSet<KernelObject>();
const waiters = new WeakMap<KernelObject, Waiter[]>();

export function fenceOf(syncobj: KernelObject): Fence | undefined {
  if (lost.has(syncobj)) throw new Undetermined('what a sync object holds');
  return held.get(syncobj);
}

/** A call that was only followed may have changed what it holds. */
export function forgetFence(syncobj: KernelObject): void {
  lost.add(syncobj);
}

/** drm_syncobj_replace_fence(); undefined empties it. */
export function replaceFence(syncobj: KernelObject, fence: Fence | undefined): void {
  lost.delete(syncobj);
  if (fence) held.set(syncobj, fence);
  else held.delete(syncobj);
  tell(syncobj);
}

/** drm_syncobj_add_point() */
export function addPoint(syncobj: KernelObject, fence: Fence, point: bigint): void {
  const previous = fenceOf(syncobj);
  const added =
    previous instanceof UnnumberedFence
      ? new UnnumberedFence([fence, previous])
      : new ChainFence(previous, fence, point);
  replaceFence(syncobj, added);
}

/** drm_syncobj_find_fence() without waiting: undefined without a fence, and before the timeline has the point. */
export function findFence(syncobj: KernelObject, point: bigint): Fence | undefined {
  const fence = fenceOf(syncobj);
  return fence && findNumber(fence, point);
}

/** The same for whoever keeps the fence: its place in a timeline goes with it. */
export function takeFence(syncobj: KernelObject, point: bigint, clock: Clock): Fence | undefined {
  const fence = fenceOf(syncobj);
  return fence && takeNumber(fence, point, clock);
}

/** Calls back at once, or when there is a fence for the point. */
export function whenSubmitted(syncobj: KernelObject, point: bigint, then: Waiter['then']): void {
  waiters.set(syncobj, [...(waiters.get(syncobj) ?? []), { point, then }]);
  tell(syncobj);
}

function tell(syncobj: KernelObject): void {
  const waiting = waiters.get(syncobj);
  if (!waiting) return;
  const rest: Waiter[] = [];
  for (const waiter of waiting) {
    const fence = findFence(syncobj, waiter.point);
    if (fence) waiter.then(fence);
    else rest.push(waiter);
  }
  waiters.set(syncobj, rest);
}
