/**
 * Events of an open file (drivers/gpu/drm/drm_file.c: drm_read, drm_poll, drm_event_reserve_init). Room is kept for an
 * event from the moment it is promised until it is read.
 */
import type { Clock } from '../model/scene.ts';
import type { Fence } from '../sync/fence.ts';

/** drivers/gpu/drm/drm_file.c:160: file->event_space, in bytes. */
export const EVENT_ROOM = 4096;

/** An event that comes when a fence signals. */
interface Promised {
  readonly fence: Fence;
  readonly length: number;
  /** Its bytes, once the fence has signalled. */
  readonly bytes: () => Uint8Array;
}

export class EventQueue {
  private readonly ready: Uint8Array[] = [];
  private promised: Promised[] = [];
  /** Bytes of events of which only the device knows whether they have come, and in what order. */
  private unordered = 0;

  /** Bytes that can still be promised. */
  get room(): number {
    const length = (sum: number, event: { readonly length: number }) => sum + event.length;
    return EVENT_ROOM - this.unordered - this.ready.reduce(length, 0) - this.promised.reduce(length, 0);
  }

  /** Whether what can be read is known. */
  get known(): boolean {
    return this.unordered === 0;
  }

  /** Queues an event that can be read at once. */
  push(event: Uint8Array): void {
    if (this.known) this.ready.push(event);
    else this.unordered += event.length;
  }

  /** An event that comes when the fence signals. Where only the device knows when, the order of all events is open. */
  promise(promised: Promised, clock: Clock): void {
    if (clock.sleep) this.promised.push(promised);
    else {
      this.unordered += promised.length + this.ready.reduce((sum, event) => sum + event.length, 0);
      this.ready.length = 0;
    }
  }

  /** Queues the events whose time has come. */
  settle(clock: Clock): void {
    const come = this.promised.filter(({ fence }) => fence.signalled(clock) === true);
    if (come.length === 0) return;
    this.promised = this.promised.filter(each => !come.includes(each));
    come.sort((a, b) => Number((a.fence.endsAt ?? 0n) - (b.fence.endsAt ?? 0n)));
    this.ready.push(...come.map(({ bytes }) => bytes()));
  }

  /** When the next event comes, in ns; undefined when none is promised. */
  get next(): bigint | undefined {
    return this.promised.reduce<bigint | undefined>((least, { fence: { endsAt } }) => {
      if (endsAt === undefined) return least;
      return least === undefined || endsAt < least ? endsAt : least;
    }, undefined);
  }

  /** The oldest event that can be read. */
  get first(): Uint8Array | undefined {
    return this.ready[0];
  }

  take(): void {
    this.ready.shift();
  }

  /** So many bytes of events were read, whichever they were. */
  wasRead(length: number): void {
    this.unordered = Math.max(0, this.unordered - length);
  }
}
