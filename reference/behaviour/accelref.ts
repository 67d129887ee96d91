/**
 * How accelref runs jobs (reference/module/uapi/drm/accelref_accel.h): those of a file one after the other, each as
 * long as it was told to, once the fences that it waits for have signalled.
 */
import type { Client, Device, KernelObject } from '../drm/objects.ts';
import type { Behaviour, Clock, Scene } from '../model/scene.ts';
import { Fence } from '../sync/fence.ts';
import { reserve } from '../sync/reservation.ts';
import { addPoint, findFence, replaceFence } from '../sync/syncobj.ts';
import { ECANCELED, ENODEV, type ScheduledJob } from './scheduled-jobs.ts';

const WRITE = 1n;
const EVENT = 2n;
const EVENT_JOB = 0x8000_0000;
/** sizeof(struct drm_accelref_event) */
const EVENT_BYTES = 24;

interface Job extends ScheduledJob {
  readonly submitted: bigint;
  readonly duration: bigint;
  readonly waits: readonly Fence[];
}

/** Jobs that may still run, in the order of their submission. */
const queues = new WeakMap<Device, Job[]>();
/** What a job that is being submitted waits for. */
const waits = new WeakMap<KernelObject, Fence[]>();
const fences = new WeakMap<KernelObject, Fence>();

/** Time that the ended jobs of a client ran, in ns. */
const busy = new WeakMap<Client, bigint>();

function pending(device: Device, clock: Clock): Job[] {
  const all = queues.get(device) ?? [];
  const jobs = all.filter(({ fence }) => fence.signalled(clock) !== true);
  queues.set(device, jobs);
  for (const job of all)
    if (!jobs.includes(job)) busy.set(job.client, (busy.get(job.client) ?? 0n) + ran(job, clock));
  return jobs;
}

/** When a job ends, after what has to end before it; undefined when one of those never does. */
function endOf(job: Omit<Job, 'fence'>, before: Fence | undefined): bigint | undefined {
  let start = job.submitted;
  for (const fence of before ? [...job.waits, before] : job.waits) {
    if (fence.done) continue;
    if (fence.endsAt === undefined) return undefined;
    if (fence.endsAt > start) start = fence.endsAt;
  }
  return start + job.duration;
}

/** How long a job has run, in ns. */
function ran({ fence, duration, submitted }: Job, clock: Clock): bigint {
  if (fence.endsAt === undefined) return 0n;
  const start = fence.endsAt - duration > submitted ? fence.endsAt - duration : submitted;
  const end = fence.endsAt < clock.now() ? fence.endsAt : clock.now();
  return end > start ? end - start : 0n;
}

/** Ends jobs at once, and lets those that waited for them start earlier. */
function cancel(device: Device, clock: Clock, error: number, which: (job: Job) => boolean): void {
  const jobs = pending(device, clock);
  for (const { fence, submitted, duration } of jobs.filter(which)) {
    // One that may have ended before, unseen, has an end of its own.
    const perhapsOver = !clock.sleep && clock.now() - submitted >= duration;
    fence.endsAt = clock.now();
    fence.error = perhapsOver ? undefined : error;
    fence.signal();
  }
  if (!clock.sleep) return;
  const last = new Map<Client, Fence>();
  for (const job of pending(device, clock)) {
    job.fence.endsAt = endOf(job, last.get(job.client));
    last.set(job.client, job.fence);
  }
}

function eventBytes(type: bigint, userData: bigint, status: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(EVENT_BYTES));
  bytes.setUint32(0, Number(type), true);
  bytes.setUint32(4, EVENT_BYTES, true);
  bytes.setBigUint64(8, userData, true);
  bytes.setInt32(16, status, true);
  return new Uint8Array(bytes.buffer);
}

function start(
  scene: Scene,
  [duration, result, flags, userData]: readonly bigint[],
  object: KernelObject,
): void {
  const { device, clock } = scene;
  const client = scene.client!;
  const before = pending(device, clock)
    .filter(job => job.client === client)
    .at(-1)?.fence;
  const job = { client, object, submitted: clock.now(), duration: duration!, waits: waits.get(object) ?? [] };
  const fence = new Fence(
    clock.sleep ? endOf(job, before) : undefined,
    before ? [...job.waits, before] : job.waits,
  );
  fence.error = Number(result);
  queues.get(device)!.push({ ...job, fence });
  fences.set(object, fence);
  for (const { object: buffer } of object.attached ?? []) reserve(buffer, fence, (flags! & WRITE) !== 0n);
  if ((flags! & EVENT) === 0n) return;
  const bytes = () => eventBytes(BigInt(EVENT_JOB), userData!, -(fence.error ?? 0));
  client.events.promise({ fence, length: EVENT_BYTES, bytes }, clock);
}

export const accelref: Behaviour = {
  states: {
    /** of: a point of the sync object's timeline, or 0. drm_syncobj_find_fence() without waiting. */
    no_fence_at: (_scene, [point], syncobj) => findFence(syncobj!, point!) === undefined,
  },
  effects: {
    /** of: the point; objects: the job, the sync object. */
    job_waits_for: (_scene, [point], [job, syncobj]) => {
      const fence = findFence(syncobj!, point!);
      if (fence) waits.set(job!, [...(waits.get(job!) ?? []), fence]);
    },
    /** of: duration in ns, errno of its end, flags, user data of the event; objects: the job with its buffers. */
    start_job: (scene, of, [job]) => start(scene, of, job!),
    /** of: the point, or 0; objects: the job, the sync object. */
    job_signals: (_scene, [point], [job, syncobj]) => {
      const fence = fences.get(job!)!;
      if (point === 0n) replaceFence(syncobj!, fence);
      else addPoint(syncobj!, fence, point!);
    },
    /** of: type, number of events, user data of the first. */
    queue_events: ({ client }, [type, count, first]) => {
      for (let index = 0n; index < count! && client!.events.room >= EVENT_BYTES; index += 1n)
        client!.events.push(eventBytes(type!, BigInt.asUintN(64, first! + index), 0));
    },
    unplug: ({ device, clock }) => {
      cancel(device, clock, ENODEV, () => true);
      device.unplugged = true;
    },
    /** accelref_remove() unplugs (reference/module/accelref_drv.c). */
    driver_leaves: ({ device }) => {
      device.unplugged = true;
      device.left = true;
    },
    jobs_end: ({ device, clock }) => cancel(device, clock, ENODEV, () => true),
  },
  usage: (device, client, clock) => {
    const own = pending(device, clock).filter(job => job.client === client);
    const ns = own.reduce((sum, job) => sum + ran(job, clock), busy.get(client) ?? 0n);
    return [`drm-engine-job:\t${ns} ns`];
  },
  holds: (device, object, clock) =>
    pending(device, clock).some(job => (job.object.attached ?? []).some(each => each.object === object)),
  closed: (device, client, clock) => cancel(device, clock, ECANCELED, job => job.client === client),
};
