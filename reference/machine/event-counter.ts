/** An eventfd: a 64-bit counter (fs/eventfd.c). */
import { type KernelObject, newObject } from '../drm/objects.ts';

const EFD_SEMAPHORE = 1n;
const MOST = 0xffff_ffff_ffff_fffen;

export function newEventCounter(initial: bigint, flags: bigint): KernelObject {
  return newObject('eventfd', [
    ['count', BigInt.asUintN(32, initial)],
    ['semaphore', flags & EFD_SEMAPHORE],
  ]);
}

export function count(counter: KernelObject): bigint {
  return counter.properties.get('count') ?? 0n;
}

/** Adds to the counter, as eventfd_signal() does; it stays at its most. */
export function addTo(counter: KernelObject, value: bigint): void {
  const sum = count(counter) + value;
  counter.properties.set('count', sum > MOST ? MOST : sum);
}

/** What a read gives; undefined when there is nothing to read. */
export function take(counter: KernelObject): bigint | undefined {
  const now = count(counter);
  if (now === 0n) return undefined;
  const given = counter.properties.get('semaphore') ? 1n : now;
  counter.properties.set('count', now - given);
  return given;
}
