/** How long a program waits when nobody hurries it. */
import type { Program } from '../../schemas/index.ts';
import type { PlanContext } from './context.ts';
import { model } from './outlook.ts';

/** A random program that waits longer is not made: only what it waits for is slow, as vgem's fences of ten seconds are. */
export const LONGEST_WAIT_NS = 1_000_000_000n;

export function waitsLong(context: PlanContext, program: Program): boolean {
  return model(context, program).reduce((sum, { took }) => sum + took, 0n) > LONGEST_WAIT_NS;
}
