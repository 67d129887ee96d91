/** Timelines: fences with numbers, each over when it and all before it are (drivers/dma-buf/dma-fence-chain.c). */
import type { Clock, Known } from '../model/scene.ts';
import { Undetermined } from '../model/unknown.ts';
import { allSignalled, Fence, signalledFence } from './fence.ts';

/** A fence that is over when others are. */
export class Composed extends Fence {
  constructor(fences: readonly Fence[]) {
    super(undefined, fences);
    this.error = undefined;
  }

  override get endsAt(): bigint | undefined {
    let end = 0n;
    for (const fence of this.implies) {
      if (fence.done) continue;
      if (fence.endsAt === undefined) return undefined;
      if (fence.endsAt > end) end = fence.endsAt;
    }
    return end;
  }

  override signalled(clock: Clock): Known {
    if (this.done) return true;
    const known = allSignalled(this.implies, clock);
    if (known === true) this.signal();
    if (typeof known === 'boolean') return known;
    return {
      learn: held => {
        known.learn(held);
        if (held) this.signal();
      },
    };
  }
}

export class ChainFence extends Composed {
  readonly inner: Fence;
  /** What stood before it: an earlier node, or the fence of a binary sync object. */
  readonly previous: Fence | undefined;
  readonly number: bigint;
  /** The number of the node before it in the same timeline, 0 for the first. */
  readonly previousNumber: bigint;
  /** The first node of the timeline that it belongs to. */
  readonly root: ChainFence;

  /** A number that is not above the last begins a new timeline (dma_fence_chain_init(), dma-fence-chain.c:254). */
  constructor(previous: Fence | undefined, inner: Fence, number: bigint) {
    super(previous ? [inner, previous] : [inner]);
    this.inner = inner;
    this.previous = previous;
    const last = previous instanceof ChainFence ? previous : undefined;
    const follows = last !== undefined && number > last.number;
    this.previousNumber = follows ? last.number : 0n;
    this.number = last !== undefined && !follows ? last.number : number;
    this.root = follows ? last.root : this;
  }
}

/** A fence of which only the device knows what numbers it has. It is over when another is. */
export class UnnumberedFence extends Composed {}

/** The next fence behind a node, without what is over: the walk forgets it (dma_fence_chain_walk(), :39). */
export function older(node: ChainFence, clock: Clock): { readonly fence: Fence | undefined } | 'unknown' {
  let fence = node.previous;
  while (fence) {
    const known = (fence instanceof ChainFence ? fence.inner : fence).signalled(clock);
    if (known === false) break;
    if (known !== true) return 'unknown';
    fence = fence instanceof ChainFence ? fence.previous : undefined;
  }
  return { fence };
}

/**
 * The fence that is over when the timeline has got to the number. undefined when the timeline has not got so far. 0
 * means the fence as a whole.
 */
export function findNumber(fence: Fence, number: bigint): Fence | undefined {
  if (number === 0n) return fence;
  if (fence instanceof UnnumberedFence) throw new Undetermined('the numbers of a timeline');
  if (!(fence instanceof ChainFence) || fence.number < number) return undefined;
  let node: ChainFence = fence;
  while (
    node.previousNumber >= number &&
    node.previous instanceof ChainFence &&
    node.previous.root === fence.root
  )
    node = node.previous;
  return node;
}

/**
 * The same with the very node that the kernel takes, which others may see the numbers of: nodes that are over are
 * passed by (dma_fence_chain_find_seqno(), dma-fence-chain.c:90).
 */
export function takeNumber(fence: Fence, number: bigint, clock: Clock): Fence | undefined {
  const exact = findNumber(fence, number);
  if (!exact || exact === fence || !(fence instanceof ChainFence)) return exact;
  let node: ChainFence = fence;
  while (node.previousNumber >= number) {
    const next = older(node, clock);
    if (next === 'unknown') return new UnnumberedFence([exact]);
    if (!next.fence) return signalledFence();
    if (!(next.fence instanceof ChainFence) || next.fence.root !== fence.root) return next.fence;
    node = next.fence;
  }
  return node;
}

/** How far the timeline has got, as DRM_IOCTL_SYNCOBJ_QUERY finds out; undefined when only the device knows. */
export function progress(fence: Fence | undefined, clock: Clock): bigint | undefined {
  if (fence instanceof UnnumberedFence) return undefined;
  if (!(fence instanceof ChainFence)) return 0n;
  let last: ChainFence = fence;
  for (let node = fence; ; ) {
    const next = older(node, clock);
    if (next === 'unknown') return undefined;
    if (!(next.fence instanceof ChainFence) || next.fence.root !== fence.root) break;
    last = next.fence;
    node = next.fence;
  }
  const known = last.signalled(clock);
  if (typeof known !== 'boolean') return undefined;
  return known ? last.number : last.previousNumber;
}

/** The number that was added last; undefined when only the device knows. */
export function lastNumber(fence: Fence | undefined): bigint | undefined {
  if (fence instanceof UnnumberedFence) return undefined;
  return fence instanceof ChainFence ? fence.number : 0n;
}
