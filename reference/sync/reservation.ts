/** The fences of a buffer (include/linux/dma-resv.h): who writes it and who reads it. */
import type { KernelObject } from '../drm/objects.ts';
import type { Fence } from './fence.ts';

export interface Reserved {
  readonly fence: Fence;
  readonly write: boolean;
}

const reservations = new WeakMap<KernelObject, Reserved[]>();

/** The fences of a buffer that may still be pending. */
export function reservation(object: KernelObject): readonly Reserved[] {
  return (reservations.get(object) ?? []).filter(({ fence }) => !fence.done);
}

export function reserve(object: KernelObject, fence: Fence, write: boolean): void {
  reservations.set(object, [...reservation(object), { fence, write }]);
}

/** The fences that a new user has to wait for: the writers', and for a writer all (DMA_RESV_USAGE_READ includes writers). */
export function fencesFor(object: KernelObject, all: boolean): Fence[] {
  return reservation(object)
    .filter(({ write }) => all || write)
    .map(({ fence }) => fence);
}
