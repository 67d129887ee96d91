/**
 * How an ethosu device runs jobs: one after the other in the order of their submission, through the DRM scheduler
 * (drivers/accel/ethosu/ethosu_job.c), and which performance monitor counts (ethosu_perfmon.c).
 */
import type { Client, Device, KernelObject } from '../drm/objects.ts';
import type { Behaviour, Clock, Known } from '../model/scene.ts';
import { Fence } from '../sync/fence.ts';
import { reserve } from '../sync/reservation.ts';
import {
  endJobs,
  forgetJobs,
  type JobMood,
  nextMood,
  READS,
  type ScheduledJob,
  setError,
  WRITES,
} from './scheduled-jobs.ts';

/**
 * How long the simulated NPU works on a job, in ns. One that hangs is ended by the watchdog, which looks after 500 ms
 * and resets the device (ethosu_job.c:22).
 */
const JOB_NS: Readonly<Record<JobMood, bigint>> = {
  complete: 200_000n,
  late: 150_000_000n,
  fault: 200_000n,
  hang: 630_000_000n,
  lost: 630_000_000n,
};

interface Job extends ScheduledJob {
  /** The monitor that the program named. */
  readonly monitor: KernelObject | undefined;
}

interface State {
  /** A device that hangs once has done so. */
  hung: boolean;
  /** Jobs that may still run, the oldest first. */
  jobs: Job[];
  global: KernelObject | undefined;
  /** The monitor that the device counts for since the last job that is over started. */
  active: KernelObject | undefined;
  /**
   * Whether what is active is known. A client before this one may have left its monitor active: as found, one that was
   * destroyed before its job began stays so until another job runs (`ethosu-perfmon-freed` in docs/findings.md).
   */
  activeKnown: boolean;
}

const states = new WeakMap<Device, State>();
/** Files in which the number 0 may become a monitor's. */
const zeroFreed = new WeakSet<Client>();

function stateOf(device: Device): State {
  let state = states.get(device);
  if (!state) {
    state = { hung: false, jobs: [], global: undefined, active: undefined, activeKnown: false };
    states.set(device, state);
  }
  return state;
}

/** Takes note of the jobs that are over: each had switched the monitor when it started. */
function settle(device: Device, clock: Clock): State {
  const state = stateOf(device);
  while (state.jobs[0] && state.jobs[0].fence.signalled(clock) === true) {
    const job = state.jobs.shift()!;
    state.active = state.global ?? job.monitor;
    state.activeKnown = true;
  }
  return state;
}

function stop(state: State, monitor: KernelObject): void {
  if (state.active === monitor) state.active = undefined;
}

/** Whether the device counts for a monitor: with jobs in flight nobody knows which has started. */
function counting(state: State, clock: Clock): Known {
  const learn = (held: boolean) => {
    if (!held && state.jobs.length === 0) state.activeKnown = true;
  };
  // Only the reference was there from the start.
  if (!state.activeKnown && !clock.sleep) return { learn };
  const monitors = [state.active, ...state.jobs.map(job => state.global ?? job.monitor)];
  if (monitors.every(monitor => monitor === undefined)) return false;
  return state.jobs.length === 0 ? true : { learn };
}

export const ethosu: Behaviour = {
  states: {
    perfmon_global_set: scene => stateOf(scene.device).global !== undefined,
    perfmon_global_unset: scene => stateOf(scene.device).global === undefined,
    perfmon_active: scene => counting(settle(scene.device, scene.clock), scene.clock),
  },
  numbers: {
    perfmon_least: ({ client }) => (client && zeroFreed.has(client) ? 0n : 1n),
  },
  effects: {
    jobs_end: ({ device, clock }) => endJobs(settle(device, clock).jobs, clock),
    jobs_forgotten: ({ device, clock }) => forgetJobs(settle(device, clock).jobs),
    /** The number 0 of the table of monitors, which was taken from the start, is given up; an empty table forgets it. */
    perfmon_free_zero: ({ client }) => {
      if (client && (client.table('perfmon').size > 0 || client.unseen.has('perfmon'))) zeroFreed.add(client);
    },
    /** of: the monitor's id, whether buffers that are only read are busy; objects: the job, with its buffers. */
    run_job: ({ device, clock, client }, [id, readers], [object]) => {
      const state = settle(device, clock);
      const { jobs } = state;
      const mood = nextMood(state, device);
      const last = jobs.at(-1)?.fence.endsAt ?? 0n;
      const start = last > clock.now() ? last : clock.now();
      // One scheduler entity a file, and one job at a time: no job ends before an earlier one of its file.
      const before = jobs.filter(job => job.client === client).map(job => job.fence);
      const fence = new Fence(clock.sleep ? start + JOB_NS[mood] : undefined, before.slice(-1));
      setError(fence, mood, clock);
      const monitor = id ? client?.table('perfmon').get(id) : undefined;
      jobs.push({ client: client!, object: object!, fence, monitor });
      for (const used of [monitor, stateOf(device).global]) used?.properties.set('used', 1n);
      for (const { object: buffer, as } of object!.attached ?? [])
        if (as === WRITES || (as === READS && readers)) reserve(buffer, fence, as === WRITES);
    },
    perfmon_gone: ({ device, clock }, _of, [monitor]) => {
      const state = settle(device, clock);
      if (state.global === monitor) state.global = undefined;
      stop(state, monitor!);
    },
    perfmon_stopped: ({ device, clock }, _of, [monitor]) => stop(settle(device, clock), monitor!),
    perfmon_set_global: ({ device, clock }, _of, [monitor]) => {
      settle(device, clock).global = monitor;
    },
    perfmon_clear_global: ({ device, clock }) => {
      const state = settle(device, clock);
      if (state.global) stop(state, state.global);
      state.global = undefined;
    },
  },
  writes: {
    /** The counters of a monitor that no job used are 0; what others hold only the device knows. */
    perfmon_values: (_scene, _of, [monitor]) =>
      monitor!.properties.has('used')
        ? undefined
        : new Uint8Array(8 * Number(monitor!.properties.get('ncounters') ?? 0n)),
  },
  holds: (device, object, clock) =>
    settle(device, clock).jobs.some(job => (job.object.attached ?? []).some(each => each.object === object)),
  closed: (device, client, clock) => {
    const state = settle(device, clock);
    for (const monitor of client.table('perfmon').values()) {
      if (state.global === monitor) state.global = undefined;
      stop(state, monitor);
    }
  },
};
