/** Several fences as one, and what a sync file holds of them (drivers/dma-buf/dma-fence-array.c, dma-fence-unwrap.c). */
import type { Clock } from '../model/scene.ts';
import { ChainFence, Composed, older, UnnumberedFence } from './chain.ts';
import { type Fence, signalledFence } from './fence.ts';

/** A fence of several, over when all are. */
export class FenceArray extends Composed {
  /** undefined where only the device knows which fences were still pending when it was made. */
  readonly parts: readonly Fence[] | undefined;

  constructor(fences: readonly Fence[], certain: boolean) {
    super(fences);
    this.parts = certain ? fences : undefined;
  }
}

/** Whether a fence is over whenever the other is: an earlier one of the same timeline. */
function isBefore(fence: Fence, later: Fence): boolean {
  return later.implies.some(each => each === fence || isBefore(fence, each));
}

/** Of every timeline the last one (dma_fence_dedup_array(), dma-fence-unwrap.c:93). */
function lastOnes(fences: readonly Fence[]): Fence[] {
  const different = [...new Set(fences)];
  return different.filter(fence => !different.some(other => other !== fence && isBefore(fence, other)));
}

/** The fences inside one, as dma_fence_unwrap_for_each() gives them; undefined where only the device knows. */
export function unwrap(fence: Fence, clock: Clock): readonly Fence[] | undefined {
  if (fence instanceof FenceArray) return fence.parts;
  if (fence instanceof UnnumberedFence) return undefined;
  const found: Fence[] = [];
  let node: Fence | undefined = fence;
  while (node instanceof ChainFence) {
    found.push(node.inner);
    const next = older(node, clock);
    if (next === 'unknown') return undefined;
    node = next.fence;
  }
  return node ? [...found, node] : found;
}

/** One fence for all that have not signalled yet. */
export function together(fences: readonly Fence[], clock: Clock): Fence {
  const states = new Map(fences.map(fence => [fence, fence.signalled(clock)]));
  const open = lastOnes(fences.filter(fence => states.get(fence) !== true));
  if (open.length === 0) return signalledFence();
  if (open.length === 1) return open[0]!;
  return new FenceArray(
    open,
    open.every(fence => states.get(fence) === false),
  );
}

/** dma_fence_unwrap_merge() */
export function merged(a: Fence, b: Fence, clock: Clock): Fence {
  const inside = [unwrap(a, clock), unwrap(b, clock)];
  return inside[0] && inside[1]
    ? together([...inside[0], ...inside[1]], clock)
    : new FenceArray([a, b], false);
}

/** dma_fence_get_status(): 0 pending, 1 signalled, else a negative errno; undefined where only the device knows. */
export function statusOf(fence: Fence, clock: Clock): bigint | undefined {
  const known = fence.signalled(clock);
  if (known === false) return 0n;
  if (known !== true) return undefined;
  if (fence instanceof ChainFence) return 1n;
  if (fence instanceof FenceArray) {
    const bad = new Set((fence.parts ?? fence.implies).map(part => statusOf(part, clock)));
    bad.delete(1n);
    return bad.size === 0 ? 1n : bad.size === 1 ? [...bad][0] : undefined;
  }
  if (fence.error === undefined) return undefined;
  return fence.error === 0 ? 1n : -BigInt(fence.error);
}
