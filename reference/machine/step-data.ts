/** What a step brings along and leaves behind: bytes and values for its buffers, numbers for later steps. */
import { littleEndian, littleEndianBytes, type Step, type Value } from '../../schemas/index.ts';
import type { PlacedBuffer } from './buffers.ts';

/** The part of a machine that steps keep things in. */
export interface StepStore {
  readonly buffers: readonly PlacedBuffer[];
  readonly slots: bigint[];
  /** The buffers that the step wrote to so far, by index, with their content before it. */
  readonly written: ReadonlyMap<number, Uint8Array>;
}

export function numberOf({ buffers, slots }: StepStore, value: Value): bigint {
  if (value.kind === 'const') return BigInt.asUintN(64, value.value);
  if (value.kind === 'address') return BigInt.asUintN(64, buffers[value.buffer]!.base + (value.offset ?? 0n));
  const slot = BigInt.asUintN(64, slots[value.slot] ?? 0n) >> BigInt(value.shift ?? 0);
  return BigInt.asUintN(64, (slot & (value.mask ?? 0xffff_ffff_ffff_ffffn)) + (value.add ?? 0n));
}

/** Stores the bytes and values that a step wants in its buffers; they count as having been there before it. */
export function storeFor(store: StepStore, step: Step): void {
  const put = (buffer: number, offset: number, bytes: Uint8Array) => {
    store.buffers[buffer]!.bytes.set(bytes, offset);
    store.written.get(buffer)?.set(bytes, offset);
  };
  for (const { buffer, offset, bytes } of step.fills ?? []) put(buffer, offset, bytes);
  for (const { buffer, offset, width, value } of step.patches ?? []) {
    put(buffer, offset, littleEndianBytes(numberOf(store, value), width));
  }
}

/** Keeps the numbers that later steps use. */
export function captureOf({ buffers, slots }: StepStore, step: Step, ret: bigint): void {
  for (const capture of step.captures ?? []) {
    if (capture.from === 'return') slots[capture.slot] = BigInt.asUintN(64, ret);
    else {
      const { offset, width } = capture;
      slots[capture.slot] = littleEndian(buffers[capture.buffer]!.bytes.subarray(offset, offset + width));
    }
  }
}
