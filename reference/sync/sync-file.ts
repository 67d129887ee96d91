/** The fence behind the descriptor of a sync file (drivers/dma-buf/sync_file.c: sync_file_create, sync_file_get_fence). */
import type { KernelObject } from '../drm/objects.ts';
import type { Fence } from './fence.ts';

const held = new WeakMap<KernelObject, Fence>();
const names = new WeakMap<KernelObject, Uint8Array>();

export function holdInFile(file: KernelObject, fence: Fence): void {
  held.set(file, fence);
}

export function fenceOfFile(file: KernelObject): Fence | undefined {
  return held.get(file);
}

/** The name that the user gave a sync file, or the dma-buf of a buffer. */
export function nameOfFile(file: KernelObject): Uint8Array | undefined {
  return names.get(file);
}

export function setNameOfFile(file: KernelObject, name: Uint8Array): void {
  names.set(file, name);
}
