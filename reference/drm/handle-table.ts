/** The handles of one resource that a client has, which know at once whether one of them names an object. */
import type { KernelObject } from './objects.ts';

export class HandleTable extends Map<bigint, KernelObject> {
  /** How many handles name an object. */
  private readonly names = new Map<KernelObject, number>();
  /** For each least number and step asked for: every multiple of the step from it up to the end is in use. */
  private readonly used: { readonly least: bigint; readonly step: bigint; end: bigint }[] = [];

  override set(handle: bigint, object: KernelObject): this {
    this.forget(handle);
    this.names.set(object, (this.names.get(object) ?? 0) + 1);
    return super.set(handle, object);
  }

  override delete(handle: bigint): boolean {
    this.forget(handle);
    for (const run of this.used) if (handle >= run.least && handle < run.end) run.end = handle;
    return super.delete(handle);
  }

  override clear(): void {
    this.names.clear();
    this.used.length = 0;
    super.clear();
  }

  holds(object: KernelObject): boolean {
    return this.names.has(object);
  }

  /**
   * The lowest multiple of the step that is not in use, as idr_alloc(least, 0) gives it (drivers/gpu/drm/drm_gem.c:498);
   * a driver may shift what that gives (drivers/accel/habanalabs/common/memory_mgr.c:171).
   */
  lowestFree(least: bigint, step = 1n): bigint {
    let run = this.used.find(each => each.least === least && each.step === step);
    if (!run) {
      run = { least, step, end: least };
      this.used.push(run);
    }
    let handle = ((run.end + step - 1n) / step) * step;
    while (this.has(handle)) handle += step;
    run.end = handle;
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
