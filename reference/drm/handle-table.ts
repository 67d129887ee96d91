/** The handles of one resource that a client has, which know at once whether one of them names an object. */
import type { KernelObject } from './objects.ts';

export class HandleTable extends Map<bigint, KernelObject> {
  /** How many handles name an object. */
  private readonly names = new Map<KernelObject, number>();

  override set(handle: bigint, object: KernelObject): this {
    this.forget(handle);
    this.names.set(object, (this.names.get(object) ?? 0) + 1);
    return super.set(handle, object);
  }

  override delete(handle: bigint): boolean {
    this.forget(handle);
    return super.delete(handle);
  }

  override clear(): void {
    this.names.clear();
    super.clear();
  }

  holds(object: KernelObject): boolean {
    return this.names.has(object);
  }

  private forget(handle: bigint): void {
    const object = this.get(handle);
    if (!object) return;
    const left = this.names.get(object)! - 1;
    if (left > 0) this.names.set(object, left);
    else this.names.delete(object);
  }
}
