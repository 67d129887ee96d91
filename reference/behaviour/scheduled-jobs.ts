/** What devices behind the DRM scheduler share: the moods of a job, and how jobs end when the device goes. */
import type { DeviceMood } from '../../schemas/index.ts';
import type { Client, KernelObject } from '../drm/objects.ts';
import type { Clock } from '../model/scene.ts';
import type { Fence } from '../sync/fence.ts';

/** What the scheduler leaves in the fence of a job that it had to end (drivers/gpu/drm/scheduler/sched_main.c). */
export const ECANCELED = 125;
/** What the document wants in the fence of a job whose device has gone (Documentation/gpu/drm-uapi.rst:251). */
export const ENODEV = 19;
/** The roles in which a job refers to a buffer. */
export const READS = 0n;
export const WRITES = 1n;

/** The moods of a single job. */
export type JobMood = Exclude<DeviceMood, 'hang-once'>;

export interface ScheduledJob {
  readonly client: Client;
  readonly object: KernelObject;
  readonly fence: Fence;
}

/** The mood of the next job; `state` remembers that a device that hangs once has done so. */
export function nextMood(state: { hung: boolean }, { mood }: { readonly mood: DeviceMood }): JobMood {
  const own = mood === 'hang-once' ? (state.hung ? 'complete' : 'hang') : mood;
  state.hung = true;
  return own;
}

/** The error in the fence of a job that ends as its mood says; undefined where only the device knows. */
export function setError(fence: Fence, mood: JobMood, clock: Clock): void {
  if (!clock.sleep) fence.error = undefined;
  else if (mood !== 'complete' && mood !== 'late') fence.error = ECANCELED;
}

/** The device goes: its jobs end now. */
export function endJobs(jobs: readonly ScheduledJob[], clock: Clock): void {
  for (const { fence } of jobs) {
    fence.endsAt = clock.now();
    // One that has ended before, unseen, has an end of its own.
    fence.error = clock.sleep || fence.seenPending ? ENODEV : undefined;
    fence.signal();
  }
}

/** The device goes, and nothing ends its jobs any more, their watchdog included. */
export function forgetJobs(jobs: readonly ScheduledJob[]): void {
  for (const { fence } of jobs) fence.endsAt = undefined;
}
