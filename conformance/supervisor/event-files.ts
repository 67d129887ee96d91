/** Eventfds of clients that fences will signal: the supervisor holds each until nothing is left to add. */
import {
  type Clock,
  type KernelObject,
  newEventCounter,
  nextSignal,
  settle,
  take,
  watches,
} from '../../reference/index.ts';
import type { Channel, ClientCall } from './channel.ts';

interface Held {
  /** The supervisor's descriptor. */
  readonly descriptor: bigint;
  /** The number of the node's file through which it came. */
  readonly file: bigint;
}

export class EventFiles {
  private readonly channel: Channel;
  private readonly held = new Map<KernelObject, Held>();

  constructor(channel: Channel) {
    this.channel = channel;
  }

  /** The counter behind a descriptor of a caller; undefined for another file. What was in it before stays the kernel's. */
  counter({ pid, file }: ClientCall, number: bigint): KernelObject | undefined {
    const { result: descriptor } = this.channel.ask('eventfd', [pid, number]);
    if (descriptor < 0n) return undefined;
    const counter = newEventCounter(0n, 0n);
    this.held.set(counter, { descriptor, file });
    return counter;
  }

  /** Adds what fences have added, and lets go of those that none will signal any more. */
  settle(clock: Clock, isOpen: (file: bigint) => boolean): void {
    for (const [counter, { descriptor, file }] of this.held) {
      settle(counter, clock);
      const count = take(counter) ?? 0n;
      const watched = watches(counter);
      const last = watched === undefined || (watched === 'hope' && !isOpen(file));
      if (count > 0n || last) this.channel.tell('signal', [descriptor, count, last ? 1n : 0n]);
      if (last) this.held.delete(counter);
    }
  }

  /** When the next fence signals, as far as that is known. */
  next(): bigint[] {
    return [...this.held.keys()].map(nextSignal).filter(time => time !== undefined);
  }
}
