/** Waits for several sync objects at a time (drivers/gpu/drm/drm_syncobj.c: drm_syncobj_array_wait_timeout). */
import type { Clock, Known } from '../model/scene.ts';
import type { Fence } from './fence.ts';

/** DRM_SYNCOBJ_WAIT_FLAGS_* (include/uapi/drm/drm.h) */
const WAIT_ALL = 1n;
const WAIT_AVAILABLE = 4n;
const NOBODY = 0xffff_ffffn;

export class SyncobjWait {
  /** The fences that are waited for; undefined where there is none yet. One that was found is kept, whatever comes. */
  private readonly fences: (Fence | undefined)[];
  private readonly all: boolean;
  private readonly available: boolean;
  /** Which of them were over when the call looked first. */
  private readonly before: readonly Known[];

  constructor(fences: (Fence | undefined)[], flags: bigint, clock: Clock) {
    this.fences = fences;
    this.all = (flags & WAIT_ALL) !== 0n;
    this.available = (flags & WAIT_AVAILABLE) !== 0n;
    this.before = this.look(clock);
  }

  /** Takes the fences that have come since. */
  take(now: readonly (Fence | undefined)[]): void {
    for (const [index, fence] of now.entries()) this.fences[index] ??= fence;
  }

  private look(clock: Clock): Known[] {
    return this.fences.map(fence => fence !== undefined && (this.available || fence.signalled(clock)));
  }

  /** Whether it has not got what it waits for at a point of CLOCK_MONOTONIC; the reference's clock goes on. */
  unmetAt(until: bigint, clock: Clock): Known {
    if (clock.sleep) {
      const end = this.end(clock.now());
      const target = end === undefined || end > until ? until : end;
      if (target > clock.now()) clock.sleep(target);
    }
    const now = this.look(clock);
    const [enough, short] = this.all ? [false, true] : [true, false];
    if (now.includes(enough)) return !enough;
    const open = now.filter(known => typeof known !== 'boolean');
    if (open.length === 0) return !short;
    return {
      learn: unmet => {
        if (this.all ? !unmet : !unmet && open.length === 1) for (const known of open) known.learn(true);
      },
    };
  }

  /** When it gets what it waits for; undefined when it never does. */
  private end(now: bigint): bigint | undefined {
    const ends = this.fences.map(fence => {
      if (!fence) return undefined;
      return this.available || fence.done ? now : fence.endsAt;
    });
    const known = ends.filter(end => end !== undefined).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    if (this.all) return known.length === ends.length ? known.at(-1) : undefined;
    return known[0];
  }

  /**
   * The number that a wait which got what it wanted tells: the lowest that was over, for a wait for all the lowest that
   * was over when it began. undefined when only the device knows.
   */
  first(clock: Clock): bigint | undefined {
    const looked = this.all ? this.before : this.look(clock);
    const at = looked.findIndex(known => known !== false);
    if (at < 0) return NOBODY;
    return looked[at] === true ? BigInt(at) : undefined;
  }
}
