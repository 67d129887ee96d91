/** Fences that a program attaches to a buffer and signals itself (drivers/gpu/drm/vgem/vgem_fence.c). */
import type { Client, KernelObject } from '../drm/objects.ts';
import type { Behaviour, Known, Scene } from '../model/scene.ts';
import { allSignalled, Fence, not } from '../sync/fence.ts';
import { fencesFor, reserve } from '../sync/reservation.ts';

/** VGEM_FENCE_TIMEOUT (vgem_fence.c:30): a fence that nobody signals signals by itself. */
const TIMEOUT_NS = 10_000_000_000n;
/** The timer of the kernel may be late, and the step that made the fence began before its end was seen. */
const UNSURE_NS = 2_000_000_000n;
const WRITE = 1n;

const RESOURCE = 'vgem_fence';

/** Pending until its file signals it or goes, and for ten seconds at most: nobody has to see that. */
class TimedFence extends Fence {
  private readonly client: Client;
  private readonly until: bigint;

  constructor({ client, clock }: Scene) {
    const until = clock.now() + TIMEOUT_NS;
    super(clock.sleep ? until : undefined);
    this.client = client!;
    this.until = until;
  }

  override signalled(clock: Scene['clock']): Known {
    if (!this.client.device.clients.has(this.client)) this.signal();
    // A number that could not be seen may be that of this fence, and may have been signalled.
    const known = !clock.sleep && !this.client.unseen.has(RESOURCE);
    if (!this.done && known && clock.now() < this.until - UNSURE_NS) return false;
    return super.signalled(clock);
  }
}

const fences = new WeakMap<KernelObject, Fence>();
/** The highest number of a fence that the file was given: signalling leaves the number taken (vgem_fence.c:203). */
const highest = new WeakMap<Client, bigint>();

export const vgem: Behaviour = {
  states: {
    /** of: the flags; object: the buffer. dma_resv_usage_rw(): a writer minds all, a reader the writers. */
    fence_conflicts: ({ clock }, [flags], bo) =>
      not(allSignalled(fencesFor(bo!, (flags! & WRITE) !== 0n), clock)),
    /** object: the fence. */
    fence_signalled: ({ clock }, _of, fence) => fences.get(fence!)?.signalled(clock) ?? false,
  },
  numbers: {
    fence_least: ({ client }) => (highest.get(client!) ?? 0n) + 1n,
  },
  effects: {
    /** of: the flags; objects: the buffer, the fence. */
    attach_fence: (scene, [flags], [bo, made]) => {
      const fence = new TimedFence(scene);
      fences.set(made!, fence);
      reserve(bo!, fence, (flags! & WRITE) !== 0n);
    },
    /** of: the number that the fence was given. */
    fence_numbered: ({ client }) => {
      const numbers = [...client!.table(RESOURCE).keys()];
      const last = numbers.reduce((high, number) => (number > high ? number : high), 0n);
      if (last > (highest.get(client!) ?? 0n)) highest.set(client!, last);
    },
    signal_fence: (_scene, _of, [fence]) => fences.get(fence!)?.signal(),
  },
  closed: (_device, client) => {
    for (const fence of client.table(RESOURCE).values()) fences.get(fence)?.signal();
  },
};
