/** How long a program waits when nobody hurries it. */
import type { Ending } from './model.ts';

/** A random program that waits longer is not made: only what it waits for is slow, as vgem's fences of ten seconds are. */
export const LONGEST_WAIT_NS = 1_000_000_000n;

export function waitsLong(endings: readonly Ending[]): boolean {
  return endings.reduce((sum, { took }) => sum + took, 0n) > LONGEST_WAIT_NS;
}
