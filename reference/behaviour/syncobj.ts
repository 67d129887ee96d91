/** What the calls on sync objects do (drivers/gpu/drm/drm_syncobj.c). */
import type { Client, KernelObject } from '../drm/objects.ts';
import { addTo, addWhen, expectFence, fenceCame } from '../machine/event-counter.ts';
import type { Behaviour, Scene } from '../model/scene.ts';
import { lastNumber, progress } from '../sync/chain.ts';
import { signalledFence } from '../sync/fence.ts';
import { fenceOfFile, holdInFile } from '../sync/sync-file.ts';
import { addPoint, fenceOf, findFence, replaceFence, takeFence, whenSubmitted } from '../sync/syncobj.ts';
import { SyncobjWait } from '../sync/wait.ts';

const CREATE_SIGNALED = 1n;
const WAIT_AVAILABLE = 4n;
const QUERY_LAST_SUBMITTED = 1n;
/** How long a fence that is not there yet is waited for: DRM_SYNCOBJ_WAIT_FOR_SUBMIT_TIMEOUT (drm_syncobj.c:420). */
const SUBMIT_NS = 5_000_000_000n;
const POINT_BYTES = 8n;

const HANDLES = 'syncobj_handle';
/** Files in which the handle 0 may become a sync object's. */
const zeroFreed = new WeakSet<Client>();
const waits = new WeakMap<KernelObject, SyncobjWait>();

/** One of the points that an array in user memory has; without an array all are 0. */
function pointAt(scene: Scene, points: bigint, index: bigint): bigint {
  if (points === 0n) return 0n;
  const bytes = scene.bytes(points + POINT_BYTES * index, POINT_BYTES);
  return bytes ? new DataView(bytes.slice().buffer).getBigUint64(0, true) : 0n;
}

/** The fences of a set of sync objects, each at its own point. */
const fencesOf = (scene: Scene, points: bigint, set: KernelObject) =>
  (set.attached ?? []).map(({ object }, index) => findFence(object, pointAt(scene, points, BigInt(index))));

/** Makes the sync object hold the fence: as a point of its timeline, or alone. */
function hold(syncobj: KernelObject, fence: ReturnType<typeof fenceOf>, point: bigint): void {
  if (!fence) return;
  if (point === 0n) replaceFence(syncobj, fence);
  else addPoint(syncobj, fence, point);
}

export const syncobj: Behaviour = {
  states: {
    /** of: a point of the sync object's timeline, or 0. */
    no_fence_at: (_scene, [point], syncobj) => findFence(syncobj!, point!) === undefined,
    /** The same after the time that such a fence is waited for: only another lane of the program could submit it. */
    never_submitted: ({ clock }, [point], syncobj) => {
      if (findFence(syncobj!, point!)) return false;
      clock.sleep?.((clock.began ?? clock.now()) + SUBMIT_NS);
      return true;
    },
    /** of: the points, or 0; object: the sync objects. */
    fence_missing: (scene, [points], set) => fencesOf(scene, points!, set!).includes(undefined),
    /** of: the points, or 0, the flags, the deadline on CLOCK_MONOTONIC; object: the sync objects. */
    wait_unmet: (scene, [points, flags, deadline], set) => {
      const fences = () => fencesOf(scene, points!, set!);
      const wait = scene.kept('wait', () => new SyncobjWait(fences(), flags!, scene.clock));
      wait.take(fences());
      waits.set(set!, wait);
      return wait.unmetAt(BigInt.asIntN(64, deadline!), scene.clock);
    },
  },
  numbers: {
    /** The lowest number that a handle may have. An empty table forgets that 0 was given up. */
    syncobj_least: ({ client }) => {
      if (client && client.table(HANDLES).size === 0 && !client.unseen.has(HANDLES)) zeroFreed.delete(client);
      return client && zeroFreed.has(client) ? 0n : 1n;
    },
    /** Which of the sync objects of the set `waited` was the first. */
    first_signalled: scene => waits.get(scene.object('waited')!)?.first(scene.clock),
  },
  effects: {
    /** of: the flags. */
    syncobj_created: (_scene, [flags], [made]) => {
      if ((flags! & CREATE_SIGNALED) !== 0n) replaceFence(made!, signalledFence());
    },
    /** The number 0, which was taken from the start, is given up. */
    syncobj_free_zero: ({ client }) => {
      if (client && (client.table(HANDLES).size > 0 || client.unseen.has(HANDLES))) zeroFreed.add(client);
    },
    syncobj_signalled: (_scene, _of, [syncobj]) => replaceFence(syncobj!, signalledFence()),
    syncobj_reset: (_scene, _of, [syncobj]) => replaceFence(syncobj!, undefined),
    /** of: the points, or 0, and which of them. */
    point_signalled: (scene, [points, index], [syncobj]) =>
      addPoint(syncobj!, signalledFence(), pointAt(scene, points!, index!)),
    /** of: the point, or 0; objects: the new sync file, the sync object. */
    fence_exported: ({ clock }, [point], [file, syncobj]) => {
      const fence = takeFence(syncobj!, point!, clock);
      if (fence) holdInFile(file!, fence);
    },
    /** of: the point, or 0; objects: the sync object, the sync file. */
    fence_imported: (_scene, [point], [syncobj, file]) => hold(syncobj!, fenceOfFile(file!), point!),
    /** of: the points of the source and of the destination; objects: the same. */
    fence_transferred: ({ clock }, [from, to], [source, destination]) =>
      hold(destination!, takeFence(source!, from!, clock), to!),
    /** of: the point, the flags; objects: the sync object, the counter. */
    counter_registered: (_scene, [point, flags], [syncobj, counter]) => {
      expectFence(counter!);
      whenSubmitted(syncobj!, point!, fence => {
        fenceCame(counter!);
        if ((flags! & WAIT_AVAILABLE) !== 0n) addTo(counter!, 1n);
        else addWhen(counter!, fence);
      });
    },
  },
  writes: {
    /** of: the flags. How far the timeline has got, as a number of 64 bits. */
    timeline_point: ({ clock }, [flags], [syncobj]) => {
      const fence = fenceOf(syncobj!);
      const point = (flags! & QUERY_LAST_SUBMITTED) !== 0n ? lastNumber(fence) : progress(fence, clock);
      if (point === undefined) return undefined;
      const bytes = new DataView(new ArrayBuffer(Number(POINT_BYTES)));
      bytes.setBigUint64(0, point, true);
      return new Uint8Array(bytes.buffer);
    },
  },
};
