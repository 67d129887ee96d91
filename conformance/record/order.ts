/**
 * Calls of several threads and processes, one after the other. They stand in the order in which they ended, in which no
 * call comes before one that it could have seen the end of. But a call that waits may have been let go by one that had
 * not ended yet, and may have looked up a handle that was given up while it waited.
 */

import { releasedBy } from '../plan/resources.ts';
import type { RecordedEvent } from './events.ts';
import { membersOf, numberAt, unhex } from './pieces.ts';
import type { RecorderTable } from './table.ts';

type Ioctl = Extract<RecordedEvent, { e: 'ioctl' }>;

export interface Ordered {
  readonly events: readonly RecordedEvent[];
  /** Where no order of whole calls does what was done. */
  readonly open: readonly string[];
}

class Orderer {
  private readonly table: RecorderTable;
  private readonly events: RecordedEvent[];
  private readonly open = new Set<string>();

  constructor(events: readonly RecordedEvent[], table: RecorderTable) {
    this.events = [...events];
    this.table = table;
  }

  ordered(): Ordered {
    for (const wait of this.events.filter(event => this.waited(event))) {
      this.before(wait);
      if (wait.e === 'ioctl') this.after(wait);
    }
    return { events: this.events, open: [...this.open] };
  }

  private call({ request }: Ioctl) {
    return this.table.calls.get(Number(request) & 0xffff);
  }

  /** Whether the call ended well and may have slept until something else was done. */
  private waited(event: RecordedEvent): boolean {
    if (event.e === 'poll') return event.ret > 0 && event.timeout !== 0;
    if (event.e === 'read') return event.ret > 0;
    return event.e === 'ioctl' && event.ret >= 0 && this.isWait(event);
  }

  private isWait(event: Ioctl): boolean {
    return event.mem.some(piece =>
      membersOf(this.table, piece).some(({ member }) => member.role.role === 'timeout'),
    );
  }

  /** What began before the wait ended may be what ended it, and does not wait itself: it comes first. */
  private before(wait: RecordedEvent): void {
    const at = this.events.indexOf(wait);
    const ended = BigInt(wait.time);
    const first = (event: RecordedEvent, index: number) =>
      index > at &&
      event.e === 'ioctl' &&
      event.tid !== wait.tid &&
      event.ret >= 0 &&
      BigInt(event.began) < ended &&
      !this.isWait(event) &&
      this.released(event) === undefined;
    const moved = this.events.filter(first);
    if (moved.length === 0) return;
    const rest = this.events.filter(event => !moved.includes(event));
    rest.splice(at, 0, ...moved);
    this.events.splice(0, this.events.length, ...rest);
  }

  /** What gave up a handle that the wait had looked up already comes behind it, when nothing hangs on it meanwhile. */
  private after(wait: Ioctl): void {
    const used = this.handles(wait);
    const began = BigInt(wait.began);
    for (let at = this.events.indexOf(wait) - 1; at >= 0; at -= 1) {
      const event = this.events[at]!;
      if (BigInt(event.time) <= began) return;
      const handle = event.e === 'ioctl' && event.ret >= 0 ? this.released(event) : undefined;
      if (handle === undefined || event.tid === wait.tid || !used.has(handle)) continue;
      const end = this.events.indexOf(wait);
      const between = this.events.slice(at + 1, end);
      if (
        between.some(
          each => each.tid === event.tid || (each.e === 'ioctl' && this.handles(each, true).has(handle)),
        )
      ) {
        const name = this.call(wait)?.name ?? wait.request;
        this.open.add(
          `that ${wait.pid}/${wait.tid} waited in ${name} for what ${event.pid}/${event.tid} gave up meanwhile: the calls come one after the other`,
        );
        continue;
      }
      this.events.splice(end + 1, 0, event);
      this.events.splice(at, 1);
    }
  }

  /** The handles that a call is given, and with `out` those that it gives. */
  private handles(event: Ioctl, out = false): Set<string> {
    const found = event.mem.flatMap(piece =>
      membersOf(this.table, piece).flatMap(({ at, member: { role, width } }) => {
        if (role.resource === undefined) return [];
        const texts = [
          ...(role.direction === 'out' ? [] : [piece.in]),
          ...(out ? [piece.out ?? piece.in] : []),
        ];
        return texts.map(text => `${event.file} ${role.resource} ${numberAt(unhex(text), at, width)}`);
      }),
    );
    return new Set(found);
  }

  /** The handle that a call gives up. */
  private released(event: Ioctl): string | undefined {
    const call = this.call(event);
    const field = call && releasedBy(call);
    if (field === undefined) return undefined;
    const argument = event.mem.find(({ at }) => at === event.arg);
    const known = argument && membersOf(this.table, argument).find(({ member }) => member.name === field);
    if (!known) return undefined;
    const { at, member } = known;
    return `${event.file} ${member.role.resource} ${numberAt(unhex(argument!.in), at, member.width)}`;
  }
}

export function inOrder(events: readonly RecordedEvent[], table: RecorderTable): Ordered {
  return new Orderer(events, table).ordered();
}
