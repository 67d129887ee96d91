/**
 * How the NPU of rocket runs jobs: those of a file one after the other, through the entity that the file has at the DRM
 * scheduler (drivers/accel/rocket/rocket_job.c:511), and those of different files at the same time, on its cores.
 */
import type { Device } from '../drm/objects.ts';
import type { Behaviour, Clock } from '../model/scene.ts';
import { Fence } from '../sync/fence.ts';
import { fencesFor, reserve } from '../sync/reservation.ts';
import {
  endJobs,
  forgetJobs,
  type JobMood,
  nextMood,
  type ScheduledJob,
  setError,
  WRITES,
} from './scheduled-jobs.ts';

/**
 * How long the simulated NPU works on a job, in ns. One that never tells of its end is ended by the watchdog after
 * 500 ms, which resets its core (rocket_job.c:22 and 397).
 */
const JOB_NS: Readonly<Record<JobMood, bigint>> = {
  complete: 200_000n,
  late: 150_000_000n,
  fault: 510_000_000n,
  hang: 510_000_000n,
  lost: 510_000_000n,
};

interface State {
  /** A device that hangs once has done so. */
  hung: boolean;
  /** Jobs that may still run, the oldest first. */
  jobs: ScheduledJob[];
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
    jobs_end: ({ device, clock }) => endJobs(settle(device, clock).jobs, clock),
    jobs_forgotten: ({ device, clock }) => forgetJobs(settle(device, clock).jobs),
    /** of: whether buffers that are only read are busy; objects: the job, with its buffers. */
    run_job: ({ device, clock, client }, [readers], [object]) => {
      const state = settle(device, clock);
      const mood = nextMood(state, device);
      const buffers = object!.attached ?? [];
      const earlier = state.jobs.filter(job => job.client === client).map(({ fence }) => fence);
      const waits = [...earlier, ...buffers.flatMap(({ object: bo, as }) => fencesFor(bo, as === WRITES))];
      const start = lastOf(waits, clock.now());
      const end = device.left || start === undefined ? undefined : start + JOB_NS[mood];
      const fence = new Fence(clock.sleep ? end : undefined, waits);
      setError(fence, mood, clock);
      state.jobs.push({ client: client!, object: object!, fence });
      for (const { object: bo, as } of buffers)
        if (as === WRITES || readers) reserve(bo, fence, as === WRITES);
    },
  },
  holds: (device, object, clock) =>
    settle(device, clock).jobs.some(job => (job.object.attached ?? []).some(each => each.object === object)),
};
