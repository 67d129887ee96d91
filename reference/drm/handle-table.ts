/** The handles of one resource that a client has, which know at once whether one of them names an object. */
import type { KernelObject } from './objects.ts';

export class HandleTable extends Map<bigint, KernelObject> {
  /** How many handles name an object. */
  private readonly names = new Map<KernelObject, number>();
  /** By the least number asked for: every number from it up to this one is in use. */
  private readonly used = new Map<bigint, bigint>();

  override set(handle: bigint, object: KernelObject): this {
    this.forget(handle);
    this.names.set(object, (this.names.get(object) ?? 0) + 1);
    return super.set(handle, object);
  }

  override delete(handle: bigint): boolean {
    this.forget(handle);
    for (const [least, end] of this.used) if (handle >= least && handle < end) this.used.set(least, handle);
    return super.delete(handle);
  }

  override clear(): void {
    this.names.clear();
    this.used.clear();
    super.clear();
  }

  holds(object: KernelObject): boolean {
    return this.names.has(object);
  }

  /** The lowest number that is not in use, as idr_alloc(least, 0) gives it (drivers/gpu/drm/drm_gem.c:498). */
  lowestFree(least: bigint): bigint {
    let handle = this.used.get(least) ?? least;
    while (this.has(handle)) handle += 1n;
    this.used.set(least, handle);
    return handle;
  }

  private forget(handle: bigint): void {
    const object = this.get(handle);
    if (!object) return;
    const left = this.names.get(object)! - 1;
    if (left > 0) this.names.set(object, left);
    else this.names.delete(object);
  }
}
