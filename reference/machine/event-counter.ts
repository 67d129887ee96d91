/** An eventfd: a 64-bit counter that fences may add to (fs/eventfd.c). */
import { type KernelObject, newObject } from '../drm/objects.ts';
import type { Clock } from '../model/scene.ts';
import type { Fence } from '../sync/fence.ts';

/** EFD_SEMAPHORE and EFD_NONBLOCK, which is O_NONBLOCK (include/uapi/linux/eventfd.h). */
const EFD_SEMAPHORE = 0o1n;
const EFD_NONBLOCK = 0o4000n;
/** ULLONG_MAX - 1: the most that a write may leave in the counter. */
const MOST = 0xffff_ffff_ffff_fffen;

/** Fences that add one when they signal, by their counter. */
const sources = new WeakMap<KernelObject, readonly Fence[]>();

export function newEventCounter(initial: bigint, flags: bigint): KernelObject {
  return newObject('eventfd', [
    ['count', BigInt.asUintN(32, initial)],
    ['semaphore', flags & EFD_SEMAPHORE],
    ['nonblocking', flags & EFD_NONBLOCK],
  ]);
}

export function count(counter: KernelObject): bigint {
  return counter.properties.get('count') ?? 0n;
}

export function blocks(counter: KernelObject): boolean {
  return counter.properties.get('nonblocking') === 0n;
}

/** Adds to the counter, as eventfd_signal() does; it stays at its most. */
export function addTo(counter: KernelObject, value: bigint): void {
  const sum = count(counter) + value;
  counter.properties.set('count', sum > MOST ? MOST : sum);
}

/** Whether a write of the value would be done at once. */
export function hasRoom(counter: KernelObject, value: bigint): boolean {
  return count(counter) + value <= MOST;
}

/** What a read gives; undefined when there is nothing to read. */
export function take(counter: KernelObject): bigint | undefined {
  const now = count(counter);
  if (now === 0n) return undefined;
  const given = counter.properties.get('semaphore') ? 1n : now;
  counter.properties.set('count', now - given);
  return given;
}

/** The counter goes up by one when the fence signals, as often as it was asked for. */
export function addWhen(counter: KernelObject, fence: Fence): void {
  sources.set(counter, [...(sources.get(counter) ?? []), fence]);
}

/** How many fences that are not there yet will add, by their counter. */
const expected = new WeakMap<KernelObject, number>();

export function expectFence(counter: KernelObject): void {
  expected.set(counter, (expected.get(counter) ?? 0) + 1);
}

export function fenceCame(counter: KernelObject): void {
  expected.set(counter, (expected.get(counter) ?? 0) - 1);
}

/** Whether a fence may still add to it; those that are not there yet may never come. */
export function watches(counter: KernelObject): 'fence' | 'hope' | undefined {
  if ((sources.get(counter) ?? []).length > 0) return 'fence';
  return (expected.get(counter) ?? 0) > 0 ? 'hope' : undefined;
}

/** Adds for the fences that have signalled; false when only the device knows whether one has. */
export function settle(counter: KernelObject, clock: Clock): boolean {
  let known = true;
  const rest = (sources.get(counter) ?? []).filter(fence => {
    const signalled = fence.signalled(clock);
    if (signalled === true) addTo(counter, 1n);
    else if (signalled !== false) known = false;
    return signalled !== true;
  });
  sources.set(counter, rest);
  return known;
}

/** When the next fence will signal, as far as that is known. */
export function nextSignal(counter: KernelObject): bigint | undefined {
  const ends = [...(sources.get(counter) ?? [])].map(({ endsAt }) => endsAt);
  return ends.reduce(
    (first, end) => (first === undefined || (end ?? first) < first ? end : first),
    undefined,
  );
}
