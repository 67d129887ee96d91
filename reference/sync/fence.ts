/**
 * Fences: promises that something ends (include/linux/dma-fence.h). The reference knows when each ends; the judge
 * only knows what was seen of it.
 */
import type { Clock, Known } from '../model/scene.ts';

export class Fence {
  private end: bigint | undefined;
  /** What was seen or made to be: `true` once it is certain that it has signalled. */
  private over = false;
  /** The judge: it was seen that it had not signalled yet. */
  seenPending = false;
  /** The errno number that it ends with, 0 for success; undefined when it cannot be predicted. */
  error: number | undefined = 0;
  /** Fences that have signalled whenever this one has: earlier ones of the same timeline. */
  implies: readonly Fence[];

  constructor(endsAt: bigint | undefined, implies: readonly Fence[] = []) {
    this.end = endsAt;
    this.implies = implies;
  }

  /** When it ends, in ns; undefined when nobody knows yet. */
  get endsAt(): bigint | undefined {
    return this.end;
  }

  set endsAt(time: bigint | undefined) {
    this.end = time;
  }

  /** It signals now, or was seen to have signalled. */
  signal(): void {
    if (this.over) return;
    this.over = true;
    for (const earlier of this.implies) earlier.signal();
  }

  /** Whether it has signalled; undecided where only the device knows. */
  signalled(clock: Clock): Known {
    if (this.over) return true;
    if (clock.sleep) {
      if (this.endsAt === undefined || this.endsAt > clock.now()) return false;
      this.signal();
      return true;
    }
    return {
      learn: held => {
        if (held) this.signal();
      },
    };
  }

  /** Certainly signalled. */
  get done(): boolean {
    return this.over;
  }
}

/** A fence that has always been signalled, as dma_fence_get_stub() gives it. */
export function signalledFence(): Fence {
  const fence = new Fence(0n);
  fence.signal();
  return fence;
}

/** Whether all of them have signalled. */
export function allSignalled(fences: readonly Fence[], clock: Clock): Known {
  const open: Fence[] = [];
  for (const fence of fences) {
    const known = fence.signalled(clock);
    if (known === true) continue;
    if (known === false) return false;
    open.push(fence);
  }
  if (open.length === 0) return true;
  return {
    learn: held => {
      if (held) for (const fence of open) fence.signal();
    },
  };
}

/**
 * Whether not all of them have signalled at a point of CLOCK_MONOTONIC, as dma_fence_wait_timeout() finds out. The
 * reference's clock goes on to the end of the wait.
 */
export function stillPending(fences: readonly Fence[], until: bigint, clock: Clock): Known {
  if (clock.sleep) {
    const open = fences.filter(fence => !fence.done);
    const never = open.some(fence => fence.endsAt === undefined);
    const ends = open.reduce((last, { endsAt }) => (endsAt! > last ? endsAt! : last), 0n);
    const target = never || ends > until ? until : ends;
    if (open.length > 0 && target > clock.now()) clock.sleep(target);
  }
  return not(allSignalled(fences, clock));
}

export function not(known: Known): Known {
  return typeof known === 'boolean' ? !known : { learn: held => known.learn(!held) };
}
