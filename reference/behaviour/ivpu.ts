/**
 * How the NPU of ivpu runs jobs: those of a queue one after the other, those of different queues beside each other; what
 * the firmware answers about metrics; and what becomes of a file whose job hung the engine.
 */
import { type Client, type Device, type KernelObject, newObject } from '../drm/objects.ts';
import type { Behaviour, Clock, Known } from '../model/scene.ts';
import { Fence } from '../sync/fence.ts';
import { fencesFor, reserve } from '../sync/reservation.ts';
import {
  ECANCELED,
  endJobs,
  type JobMood,
  nextMood,
  READS,
  type ScheduledJob,
  setError,
  WRITES,
} from './scheduled-jobs.ts';

/**
 * How long the simulated NPU works on a job, in ns. One whose end never comes is given up when the heartbeat of the engine
 * stands still for the 2 s of the watchdog (drivers/accel/ivpu/ivpu_hw.c:127).
 */
const JOB_NS: Readonly<Record<JobMood, bigint>> = {
  complete: 200_000n,
  late: 150_000_000n,
  fault: 200_000n,
  hang: 2_010_000_000n,
  lost: 2_010_000_000n,
};

/** DRM_IVPU_JOB_STATUS_ABORTED, and a status of the firmware (drivers/accel/ivpu/vpu_jsm_api.h). */
const ABORTED = 256n;
const FIRMWARE_ERROR = 1n;

/** What the simulated firmware says: bytes of a sample and of what it tells of a group of metrics. */
const SAMPLE_BYTES = 64n;
const INFO_BYTES = 1024;
/** The addresses of the driver's own buffers: 256 MiB (drivers/accel/ivpu/ivpu_hw.c:177), room for four periods. */
const OWN_RANGE = 0x1000_0000n;
const PERIODS = 4n;

interface Job extends ScheduledJob {
  /** The number of its queue, 0 for one that the driver keeps. */
  readonly queue: bigint;
  readonly mood: JobMood;
}

interface State {
  /** A device that hangs once has done so. */
  hung: boolean;
  /** Jobs that may still run, the oldest first. */
  jobs: Job[];
  inferences: bigint;
}

const states = new WeakMap<Device, State>();
/** How the last job of each command buffer ended. */
const statuses = new WeakMap<KernelObject, bigint>();
/** Files of which a job hung the engine: they can run nothing more. */
const faulty = new WeakSet<Client>();
/** Masks of the metric streamers of each file. */
const streamers = new WeakMap<Client, Set<bigint>>();

const STATUS: Readonly<Record<JobMood, bigint>> = {
  complete: 0n,
  late: 0n,
  fault: FIRMWARE_ERROR,
  hang: ABORTED,
  lost: ABORTED,
};

const commandsOf = (job: Job) => (job.object.attached ?? []).find(({ as }) => as === WRITES)?.object;

function end(job: Job, status: bigint): void {
  const commands = commandsOf(job);
  if (commands) statuses.set(commands, status);
}

/** What a job that is being submitted waits for. */
const waits = new WeakMap<KernelObject, Fence[]>();
/** As found: the queues by which the driver serves SUBMIT, by file and priority. */
const kept = new WeakMap<Client, Map<bigint, bigint>>();
/** DRM_IVPU_JOB_PRIORITY_NORMAL */
const NORMAL = 2n;

/** Takes note of the jobs that are over. */
function settle(device: Device, clock: Clock): State {
  let state = states.get(device);
  if (!state) {
    state = { hung: false, jobs: [], inferences: 0n };
    states.set(device, state);
  }
  const over = state.jobs.filter(({ fence }) => fence.signalled(clock) === true);
  for (const job of over) {
    end(job, STATUS[job.mood]);
    if (clock.sleep && (job.mood === 'hang' || job.mood === 'lost')) faulty.add(job.client);
  }
  state.jobs = state.jobs.filter(job => !over.includes(job));
  return state;
}

const jobOf = (device: Device, clock: Clock, object: KernelObject) =>
  settle(device, clock).jobs.find(job => job.object === object);

/** Ends the jobs of a queue that goes. */
function abort(device: Device, clock: Clock, client: Client, queue: bigint, errors: boolean): void {
  for (const job of settle(device, clock).jobs) {
    if (job.client !== client || job.queue !== queue) continue;
    job.fence.endsAt = clock.now();
    job.fence.error = errors && clock.sleep ? ECANCELED : errors ? undefined : 0;
    job.fence.signal();
    end(job, ABORTED);
  }
  settleAborted(device);
}

function settleAborted(device: Device): void {
  const state = states.get(device)!;
  state.jobs = state.jobs.filter(({ fence }) => !fence.done);
}

const masks = (client: Client | undefined): Set<bigint> => {
  let known = client && streamers.get(client);
  if (!known) {
    known = new Set();
    if (client) streamers.set(client, known);
  }
  return known;
};

/** What only the firmware knows. */
const firmwares = (clock: Clock, held: boolean): Known => (clock.sleep ? held : { learn: () => {} });

export const ivpu: Behaviour = {
  states: {
    context_faulty: ({ device, client, clock }) => {
      settle(device, clock);
      if (!client) return false;
      if (clock.sleep) return faulty.has(client);
      return { learn: () => {} };
    },
    /** of: the mask. */
    streamer_absent: ({ client }, [mask]) => !masks(client).has(mask!),
    streamer_present: ({ client }, [mask]) => masks(client).has(mask!),
    /** of: the samples of a period. A sample has a byte at least. */
    samples_beyond_range: ({ clock }, [samples]) => {
      if (samples! * PERIODS > OWN_RANGE) return true;
      return firmwares(clock, samples! * PERIODS * SAMPLE_BYTES > OWN_RANGE);
    },
    /** As found: of: the number of a queue that the driver keeps. */
    queue_is_kept: ({ client }, [id]) => [...((client && kept.get(client)?.values()) ?? [])].includes(id!),
    /** of: bytes of the buffer. */
    info_larger: ({ clock }, [bytes]) => firmwares(clock, bytes! < BigInt(INFO_BYTES)),
  },
  numbers: {
    next_inference_id: ({ device, clock }) => {
      if (!clock.sleep) return undefined;
      const state = settle(device, clock);
      state.inferences += 1n;
      return state.inferences;
    },
    /** As found: root may have all contexts, others half (drivers/accel/ivpu/ivpu_drv.c:84). */
    contexts_of_user: ({ clock, privileged, param }) => {
      if (!clock.sleep) return undefined;
      return privileged ? param('npu.contexts') : param('npu.contexts') / 2n;
    },
    /** How the job of the command buffer `bo` ended. */
    job_status: ({ device, clock, object }) => {
      settle(device, clock);
      return clock.sleep ? (statuses.get(object('bo')!) ?? 0n) : undefined;
    },
  },
  effects: {
    /** drm_dev_unplug() (drivers/accel/ivpu/ivpu_drv.c:884) */
    driver_leaves: ({ device }) => {
      device.unplugged = true;
      device.left = true;
    },
    jobs_end: ({ device, clock }) => endJobs(settle(device, clock).jobs, clock),
    /** As found: nobody puts an error into their fences. */
    jobs_end_without_error: ({ device, clock }) => {
      const { jobs } = settle(device, clock);
      endJobs(jobs, clock);
      for (const { fence } of jobs) fence.error = 0;
    },
    /** The job waits for those before it that have a buffer in common with it. */
    job_waits: (_scene, _of, [object]) => {
      const shared = (object!.attached ?? []).flatMap(({ object: bo }) => fencesFor(bo, true));
      waits.set(object!, shared);
    },
    /** of: the queue, 0 for one that the driver keeps; objects: the job, with its buffers. */
    run_job: ({ device, clock, client }, [queue], [object]) => {
      const state = settle(device, clock);
      const mood = nextMood(state, device);
      const own = state.jobs.filter(job => job.client === client && job.queue === queue).slice(-1);
      const before = [...own.map(({ fence }) => fence), ...(waits.get(object!) ?? [])];
      const start = before.reduce(
        (last, { endsAt }) => (endsAt !== undefined && endsAt > last ? endsAt : last),
        clock.now(),
      );
      const fence = new Fence(clock.sleep ? start + JOB_NS[mood] : undefined, before);
      const job = { client: client!, object: object!, fence, queue: queue!, mood };
      state.jobs.push(job);
      const commands = commandsOf(job);
      if (commands) reserve(commands, fence, true);
    },
    /** The buffers beside the commands are busy too. */
    readers_busy: ({ device, clock }, _of, [object]) => {
      const fence = jobOf(device, clock, object!)?.fence;
      if (!fence) return;
      for (const { object: bo, as } of object!.attached ?? []) if (as === READS) reserve(bo, fence, false);
    },
    /** The fence holds the error with which the job ends. */
    errors_told: ({ device, clock }, _of, [object]) => {
      const job = jobOf(device, clock, object!);
      if (job) setError(job.fence, job.mood, clock);
    },
    /** As found: of: the priority. The file's own queues get the first by which the driver serves SUBMIT. */
    queue_kept: ({ client, clock }, [priority]) => {
      const own = kept.get(client!) ?? new Map<bigint, bigint>();
      kept.set(client!, own);
      // The default is the normal one (drivers/accel/ivpu/ivpu_job.c:320).
      const band = priority === 0n ? NORMAL : priority!;
      if (own.has(band)) return;
      const id = client!.lowestFree('cmdq');
      own.set(band, id);
      if (clock.sleep) client!.table('cmdq').set(id, newObject('cmdq'));
      else client!.unseen.add('cmdq');
    },
    /** of: the queue, whether fences hold errors. */
    queue_aborted: ({ device, clock, client }, [queue, errors]) =>
      abort(device, clock, client!, queue!, errors !== 0n),
    /** of: the mask. */
    streamer_started: ({ client }, [mask]) => {
      masks(client).add(mask!);
    },
    streamer_stopped: ({ client }, [mask]) => {
      masks(client).delete(mask!);
    },
  },
  writes: {
    /** Nothing has been sampled yet. */
    streamer_data: ({ clock }) => (clock.sleep ? new Uint8Array(0) : undefined),
    streamer_info: ({ clock }) => (clock.sleep ? new Uint8Array(INFO_BYTES).fill(0x4d) : undefined),
  },
  holds: (device, object, clock) =>
    settle(device, clock).jobs.some(job => (job.object.attached ?? []).some(each => each.object === object)),
};
