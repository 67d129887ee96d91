/**
 * How the NPU of rocket runs jobs: those of a file one after the other, through the entity that the file has at the DRM
 * scheduler (drivers/accel/rocket/rocket_job.c:511), and those of different files at the same time, on its cores.
 */
import type { DeviceMood } from '../../schemas/index.ts';
import type { Client, Device, KernelObject } from '../drm/objects.ts';
import type { Behaviour, Clock } from '../model/scene.ts';
import { Fence } from '../sync/fence.ts';
import { fencesFor, reserve } from '../sync/reservation.ts';

/**
 * How long the simulated NPU works on a job, in ns. One that never tells of its end is ended by the watchdog after
 * 500 ms, which resets its core (rocket_job.c:22 and 397).
 */
const JOB_NS: Readonly<Record<Exclude<DeviceMood, 'hang-once'>, bigint>> = {
  complete: 200_000n,
  late: 150_000_000n,
  fault: 510_000_000n,
  hang: 510_000_000n,
  lost: 510_000_000n,
};
/** What the scheduler leaves in the fence of a job that it had to end (drivers/gpu/drm/scheduler/sched_main.c). */
const ECANCELED = 125;
/** What the document wants in the fence of a job whose device has gone (Documentation/gpu/drm-uapi.rst:251). */
const ENODEV = 19;
const WRITES = 1n;

interface Job {
  readonly client: Client;
  readonly object: KernelObject;
  readonly fence: Fence;
}

interface State {
  /** A device that hangs once has done so. */
  hung: boolean;
  /** Jobs that may still run, the oldest first. */
  jobs: Job[];
}

const states = new WeakMap<Device, State>();

/** Without the jobs that are over. */
function settle(device: Device, clock: Clock): State {
  let state = states.get(device);
  if (!state) {
    state = { hung: false, jobs: [] };
    states.set(device, state);
  }
  state.jobs = state.jobs.filter(({ fence }) => fence.signalled(clock) !== true);
  return state;
}

/** When the last of some fences signals; undefined when one of them never does. */
function lastOf(fences: readonly Fence[], from: bigint): bigint | undefined {
  let last = from;
  for (const { done, endsAt } of fences) {
    if (done) continue;
    if (endsAt === undefined) return undefined;
    if (endsAt > last) last = endsAt;
  }
  return last;
}

export const rocket: Behaviour = {
  effects: {
    jobs_end: ({ device, clock }) => {
      for (const { fence } of settle(device, clock).jobs) {
        fence.endsAt = clock.now();
        // One that has ended before, unseen, has an end of its own.
        fence.error = clock.sleep || fence.seenPending ? ENODEV : undefined;
        fence.signal();
      }
    },
    /** Nothing ends them any more, their watchdog included. */
    jobs_forgotten: ({ device, clock }) => {
      for (const { fence } of settle(device, clock).jobs) fence.endsAt = undefined;
    },
    /** of: whether buffers that are only read are busy; objects: the job, with its buffers. */
    run_job: ({ device, clock, client }, [readers], [object]) => {
      const state = settle(device, clock);
      const mood = device.mood === 'hang-once' ? (state.hung ? 'complete' : 'hang') : device.mood;
      state.hung = true;
      const buffers = object!.attached ?? [];
      const earlier = state.jobs.filter(job => job.client === client).map(({ fence }) => fence);
      const waits = [...earlier, ...buffers.flatMap(({ object: bo, as }) => fencesFor(bo, as === WRITES))];
      const start = lastOf(waits, clock.now());
      const end = device.left || start === undefined ? undefined : start + JOB_NS[mood];
      const fence = new Fence(clock.sleep ? end : undefined, waits);
      if (!clock.sleep) fence.error = undefined;
      else if (mood !== 'complete' && mood !== 'late') fence.error = ECANCELED;
      state.jobs.push({ client: client!, object: object!, fence });
      for (const { object: bo, as } of buffers)
        if (as === WRITES || readers) reserve(bo, fence, as === WRITES);
    },
  },
  holds: (device, object, clock) =>
    settle(device, clock).jobs.some(job => (job.object.attached ?? []).some(each => each.object === object)),
};
