/** What the simulated NPU of amdxdna tells of itself: examples, in the layouts of the header. */
import type { KernelObject } from '../drm/objects.ts';

export const empty = (bytes: number): Uint8Array => new Uint8Array(bytes);

function view(bytes: number): DataView {
  return new DataView(new ArrayBuffer(bytes));
}

function text(into: Uint8Array, at: number, words: string): void {
  into.set(new TextEncoder().encode(words), at);
}

/** struct amdxdna_drm_query_clock_metadata: names of 16 bytes, then MHz (drivers/accel/amdxdna/aie2_pci.c:738). */
export function clocks(): Uint8Array {
  const both = view(48);
  const bytes = new Uint8Array(both.buffer);
  text(bytes, 0, 'MP-NPU Clock');
  both.setUint32(16, 1267, true);
  text(bytes, 24, 'H Clock');
  both.setUint32(40, 1800, true);
  return bytes;
}

/** struct amdxdna_drm_get_resource_info */
export function resources(most: bigint, now: bigint): Uint8Array {
  const all = view(40);
  for (const [index, value] of [1800n, 50n, most, 50n, now].entries())
    all.setBigUint64(8 * index, value, true);
  return new Uint8Array(all.buffer);
}

const SENSOR = 168;

/** struct amdxdna_drm_query_sensor, of the power and then of each column (drivers/accel/amdxdna/aie2_pci.c:765). */
export function sensors(columns: number): Uint8Array {
  const count = 1 + Math.min(columns, 8);
  const all = view(count * SENSOR);
  const bytes = new Uint8Array(all.buffer);
  for (let index = 0; index < count; index += 1) {
    const at = index * SENSOR;
    text(bytes, at, index === 0 ? 'Total Power' : `Column ${index - 1} Utilization`);
    all.setUint32(at + 64, index === 0 ? 900 : 0, true);
    text(bytes, at + 144, index === 0 ? 'mW' : '%');
    all.setInt8(at + 160, index === 0 ? -3 : 0);
    all.setUint8(at + 161, index === 0 ? 0 : 1);
  }
  return bytes;
}

/** struct amdxdna_drm_query_telemetry_header with the map of the contexts, and no data behind it. */
export function telemetry(type: number, contexts: number): Uint8Array {
  const all = view(16 + 4 * contexts);
  for (const [index, value] of [1, 0, type, contexts].entries()) all.setUint32(4 * index, value, true);
  return new Uint8Array(all.buffer);
}

/** struct amdxdna_async_error; nothing has failed. */
export const asyncError = (): Uint8Array => empty(24);

/** struct amdxdna_drm_hwctx_entry, of which the older amdxdna_drm_query_hwctx is the beginning. */
const ENTRY = 144;
const ACTIVE = 1;

/** Contexts with their handles, in entries of so many bytes. */
export function contextList(
  contexts: readonly (readonly [bigint, KernelObject])[],
  each: number,
): Uint8Array {
  const bytes = empty(contexts.length * each);
  for (const [index, [handle, context]] of contexts.entries()) {
    const entry = view(ENTRY);
    entry.setUint32(0, Number(handle), true);
    entry.setUint32(8, 1, true);
    entry.setBigInt64(16, 1000n, true);
    entry.setBigUint64(24, context.properties.get('seq') ?? 0n, true);
    entry.setUint32(88, ACTIVE, true);
    bytes.set(new Uint8Array(entry.buffer).subarray(0, Math.min(each, ENTRY)), index * each);
  }
  return bytes;
}
