/** What a DMA copy reaches: dma_length, drivers/accel/ethosu/ethosu_gem.c:161-193 and :435-446. */
import type { Reach } from './reach.ts';
import type { DmaSide } from './rules.ts';
import { type DmaEnd, type State, U64_MAX } from './state.ts';

type Measured = { readonly broken: string } | { readonly length: bigint };

/** A negative stride may undo at most what is there; no step here can leave 64 bits but the product. */
function stretch(length: bigint, stride: bigint, count: number): bigint | undefined {
  return -stride > length ? undefined : (length + stride) * BigInt(count);
}

function measure(state: State, end: DmaEnd, side: DmaSide, reach: Reach): Measured {
  const { mode, size0, size1 } = state.dma;
  let length = end.length;
  if (length === U64_MAX) return { broken: 'dma-length-set' };
  // Mode 3 is measured like mode 1, and a mode that was never set, -1, like mode 0. The product of rows needs at
  // most 57 bits, so the driver's check of it (:174) never fires.
  if (mode >= 1) {
    const plane = stretch(length, end.strides[0], size0);
    if (plane === undefined) return { broken: `dma-${side}-rows` };
    length = plane;
  }
  if (mode === 2) {
    const volume = stretch(length, end.strides[1], size1);
    if (volume === undefined) return { broken: `dma-${side}-planes` };
    if (volume > U64_MAX) return { broken: `dma-${side}-volume` };
    length = volume;
  }
  if (end.region >= 0) {
    // An offset that was never set is 2^64 - 1: too much, unless nothing is copied.
    const last = length + end.offset;
    if (last > U64_MAX) return { broken: `dma-${side}-end` };
    reach.upTo(end.region, last);
  }
  return length === U64_MAX ? { broken: `dma-${side}-all-ones` } : { length };
}

/** Gives the broken rule. */
export function dmaCopy(state: State, reach: Reach): string | undefined {
  const { source, destination } = state.dma;
  for (const [end, side] of [
    [source, 'source'],
    [destination, 'destination'],
  ] as const) {
    const measured = measure(state, end, side, reach);
    if ('broken' in measured) return measured.broken;
  }
  if (destination.region >= 0) reach.writes(destination.region);
  return undefined;
}
