/**
 * Events as a program that runs elsewhere: descriptors, handles, offsets and addresses that the kernel gave are those that
 * it gives when the program runs. Calls of several threads and processes follow one another (order.ts).
 */
import type { Buffer, Capture, Fill, Program, Relocation, Step, Value } from '../../schemas/index.ts';
import { Bulk } from './bulk.ts';
import type { Piece, RecordedEvent } from './events.ts';
import { Masks } from './masks.ts';
import { inOrder } from './order.ts';
import { membersOf, numberAt, unhex } from './pieces.ts';
import { storesOf } from './stores.ts';
import type { KnownMember, RecorderTable } from './table.ts';

/** What a step did when it was recorded; the steps that the kit put in have none. */
export interface RecordedResult {
  readonly errno: number;
  /** Absent where the kernel chooses it: a descriptor, an address. */
  readonly ret?: number;
  /** Memory after the call, where it is known. */
  readonly after: readonly { readonly buffer: number; readonly bytes: string }[];
}

export interface RecordedProgram {
  readonly program: Program;
  readonly labels: readonly string[];
  readonly results: readonly (RecordedResult | null)[];
  readonly masked: number;
  readonly left: readonly string[];
}

type Event<E extends RecordedEvent['e']> = Extract<RecordedEvent, { e: E }>;

const HOUR_NS = 3_600_000_000_000n;
/** A file of a trace has at most 64 MiB. Bytes are two digits each, those of arguments twice: before the call and after it. */
const MOST_STEPS = 30_000;
const MOST_BYTES = 2 << 20;
const MOST_BULK = 16 << 20;
const DEADLINE_MS = 10_000;
/** Bytes behind an address or an offset that the kernel gave which still belong to it. */
const REACH = 1n << 28n;
const constant = (value: bigint | number): Value => ({ kind: 'const', value: BigInt(value) });

class ProgramMaker {
  private readonly table: RecorderTable;
  private readonly masks: Masks;
  private readonly buffers: Buffer[] = [];
  private readonly pool = new Map<string, number>();
  private readonly steps: Step[] = [];
  private readonly labels: string[] = [];
  private readonly results: (RecordedResult | null)[] = [];
  private readonly files = new Map<number, number>();
  private readonly maps = new Map<number, number>();
  /** What the kernel gave, by file and kind and value: the slot that has it. */
  private readonly given = new Map<string, Map<bigint, number>>();
  private readonly bulk = new Bulk(this.buffers);
  private slots = 0;
  private bytes = 0;
  private readonly left = new Set<string>();

  constructor(table: RecorderTable, masks: readonly string[]) {
    this.table = table;
    this.masks = new Masks(masks);
  }

  make(recorded: readonly RecordedEvent[]): RecordedProgram {
    const { events, open } = inOrder(recorded, this.table);
    for (const each of open) this.left.add(each);
    for (const event of events) {
      if (this.steps.length > MOST_STEPS || this.bytes > MOST_BYTES || this.bulk.size > MOST_BULK) {
        this.left.add(
          `what follows event ${events.indexOf(event)}: a trace has at most ${MOST_STEPS} steps, ${MOST_BYTES} bytes of arguments and ${MOST_BULK} bytes of mappings`,
        );
        break;
      }
      this.event(event);
    }
    this.masks.finish(this.table);
    this.bulk.finish();
    const program = { buffers: this.buffers, slots: Math.max(this.slots, 1), steps: this.steps };
    const { labels, results, masks, left } = this;
    return { program, labels, results, masked: masks.count, left: [...left] };
  }

  private event(event: RecordedEvent): void {
    switch (event.e) {
      case 'open':
        this.open(event);
        break;
      case 'ioctl':
        this.ioctl(event);
        break;
      case 'mmap':
        this.mmap(event);
        break;
      case 'munmap':
        this.munmap(event);
        break;
      case 'memory':
        this.memory(event);
        break;
      case 'close':
      case 'poll':
      case 'read':
        this.onFile(event);
        break;
      case 'unrecorded':
        this.left.add(event.call);
        break;
    }
  }

  private step(step: Omit<Step, 'deadline'>, label: string, result: RecordedResult | null): void {
    this.steps.push({ ...step, deadline: DEADLINE_MS });
    this.labels.push(label);
    this.results.push(result);
  }

  private slot(): number {
    this.slots += 1;
    return this.slots - 1;
  }

  /** A buffer that no other piece of the same step has. */
  private buffer(size: number, taken: Set<number>): number {
    for (let turn = 0; ; turn += 1) {
      const key = `${size} ${turn}`;
      let index = this.pool.get(key);
      if (index === undefined) {
        index = this.buffers.push({ size, data: new Uint8Array(0), access: 'readwrite', align: 'end' }) - 1;
        this.pool.set(key, index);
      }
      if (taken.has(index)) continue;
      taken.add(index);
      return index;
    }
  }

  private open({ path, flags, ret, file, pid, tid }: Event<'open'>): void {
    const bytes = new TextEncoder().encode(`${path}\0`);
    const buffer = this.buffer(bytes.length, new Set());
    const captures: Capture[] = [];
    if (ret >= 0) {
      const slot = this.slot();
      this.files.set(file, slot);
      captures.push({ slot, from: 'return' });
    }
    this.step(
      {
        op: 'open',
        args: [{ kind: 'address', buffer }, constant(flags), constant(0)],
        fills: [{ buffer, offset: 0, bytes }],
        captures,
      },
      `open ${path}, ${pid}/${tid}`,
      { errno: ret < 0 ? -ret : 0, after: [] },
    );
  }

  private onFile(event: Event<'close' | 'poll' | 'read'>): void {
    const slot = this.files.get(event.file);
    if (slot === undefined) return;
    const fd: Value = { kind: 'slot', slot };
    const label = `${event.e}, ${event.pid}/${event.tid}`;
    if (event.e === 'close') {
      this.files.delete(event.file);
      this.step({ op: 'close', args: [fd] }, label, { errno: 0, ret: 0, after: [] });
    } else if (event.e === 'poll') {
      this.step({ op: 'poll', args: [fd, constant(event.events), constant(event.timeout)] }, label, {
        errno: 0,
        ret: event.ret,
        after: [],
      });
    } else {
      const size = Math.min(Math.max(event.length, 1), MOST_BYTES);
      const address: Value = { kind: 'address', buffer: this.buffer(size, new Set()) };
      const result = event.ret < 0 ? { errno: -event.ret } : { errno: 0, ret: event.ret };
      this.step({ op: 'read', args: [fd, address, constant(event.length)] }, label, { ...result, after: [] });
    }
  }

  private mmap(event: Event<'mmap'>): void {
    const fd = this.files.get(event.file);
    if (fd === undefined) return;
    const slot = this.slot();
    const offset = BigInt(event.offset);
    if (event.ret >= 0) this.maps.set(event.map, slot);
    // An address that the program chose belongs to its own memory.
    const flags = event.flags & ~0x10 & ~0x100000;
    this.step(
      {
        op: 'mmap',
        args: [
          constant(0),
          constant(event.length),
          constant(event.prot),
          constant(flags),
          { kind: 'slot', slot: fd },
          this.reference(event.file, 'offset', offset) ?? constant(offset),
        ],
        captures: [{ slot, from: 'return' }],
      },
      `mmap, ${event.pid}/${event.tid}`,
      { errno: event.ret < 0 ? -event.ret : 0, after: [] },
    );
    this.sizes.set(event.map, event.length);
  }

  private readonly sizes = new Map<number, number>();

  private munmap({ map, pid, tid }: Event<'munmap'>): void {
    const slot = this.maps.get(map);
    if (slot === undefined) return;
    this.maps.delete(map);
    this.step(
      { op: 'munmap', args: [{ kind: 'slot', slot }, constant(this.sizes.get(map)!)] },
      `munmap, ${pid}/${tid}`,
      { errno: 0, ret: 0, after: [] },
    );
  }

  private memory({ map, at, bytes, pid, tid }: Event<'memory'>): void {
    const slot = this.maps.get(map);
    if (slot === undefined) return;
    for (const stored of storesOf(this.masks.memory(unhex(bytes)))) {
      if (this.steps.length > MOST_STEPS) return;
      const address: Value = { kind: 'slot', slot, add: BigInt(at + stored.offset) };
      const args =
        stored.op === 'store'
          ? [constant(stored.width), constant(stored.value)]
          : stored.op === 'fill'
            ? [constant(stored.length), constant(stored.byte)]
            : [this.bulk.place(stored.bytes), constant(stored.bytes.length)];
      this.step({ op: stored.op, args: [address, ...args] }, `memory of the program, ${pid}/${tid}`, null);
    }
  }

  /** The slot with what the kernel gave, or something behind it. */
  private reference(file: number, kind: string, value: bigint): Value | undefined {
    const all = this.given.get(`${file} ${kind}`);
    if (!all || value === 0n) return undefined;
    const exact = all.get(value);
    if (exact !== undefined) return { kind: 'slot', slot: exact };
    if (kind !== 'offset' && kind !== 'address') return undefined;
    let best: [bigint, number] | undefined;
    for (const [start, slot] of all)
      if (start <= value && value - start < REACH && (!best || start > best[0])) best = [start, slot];
    return best ? { kind: 'slot', slot: best[1], add: value - best[0] } : undefined;
  }

  private keep(file: number, kind: string, value: bigint): number {
    const slot = this.slot();
    const key = `${file} ${kind}`;
    if (!this.given.has(key)) this.given.set(key, new Map());
    this.given.get(key)!.set(value, slot);
    return slot;
  }

  private ioctl(event: Event<'ioctl'>): void {
    const fd = this.files.get(event.file);
    if (fd === undefined) return;
    const request = Number(event.request);
    const call = this.table.calls.get(request & 0xffff);
    if (!call) this.left.add(`what request ${event.request} points to: no description has it`);
    const taken = new Set<number>();
    const places = event.mem.map(piece => ({
      piece,
      buffer: this.buffer(piece.in.length / 2, taken),
      before: unhex(piece.in),
      after: unhex(piece.out ?? piece.in),
    }));
    const fills: Fill[] = [];
    const patches: Relocation[] = [];
    const captures: Capture[] = [];
    for (const place of places) {
      const layout = this.table.layouts[place.piece.layout];
      const known = membersOf(this.table, place.piece);
      for (const { at, member } of known) {
        const spot = { buffer: place.buffer, offset: at, width: member.width };
        const patch = this.patch(event, place, at, member, places);
        if (patch) patches.push({ ...spot, value: patch });
        const slot = event.ret < 0 ? undefined : this.capture(event, place, at, member);
        if (slot !== undefined) captures.push({ ...spot, slot, from: 'buffer' });
      }
      // What is patched in and kept is no secret: it is another number each time.
      for (const bytes of [place.before, place.after]) this.masks.piece(layout, known, bytes);
      this.bytes += place.before.length;
      fills.push({ buffer: place.buffer, offset: 0, bytes: place.before });
    }
    const argument = places.find(({ piece }) => piece.at === event.arg);
    this.step(
      {
        op: 'ioctl',
        args: [
          { kind: 'slot', slot: fd },
          constant(request),
          argument ? { kind: 'address', buffer: argument.buffer } : constant(BigInt(event.arg)),
        ],
        fills,
        patches,
        captures,
      },
      `${call?.name ?? event.request}, ${event.pid}/${event.tid}`,
      {
        ...(event.ret < 0 ? { errno: -event.ret } : { errno: 0, ret: event.ret }),
        after: places
          .filter(({ after }) => after.length <= 4096)
          .map(({ buffer, after }) => ({ buffer, bytes: globalThis.Buffer.from(after).toString('hex') })),
      },
    );
  }

  private patch(
    event: Event<'ioctl'>,
    { piece, before }: { piece: Piece; before: Uint8Array },
    at: number,
    { role, width }: KnownMember,
    places: readonly { piece: Piece; buffer: number }[],
  ): Value | undefined {
    const value = numberAt(before, at, width);
    const address = BigInt(piece.at) + BigInt(at);
    if (role.role === 'pointer') {
      const target = places.find(
        ({ piece: to }) => BigInt(to.at) <= value && value < BigInt(to.at) + BigInt(to.in.length / 2),
      );
      return target && { kind: 'address', buffer: target.buffer, offset: value - BigInt(target.piece.at) };
    }
    if (role.role === 'descriptor') {
      const used = event.fds.find(({ at: place, made }) => !made && BigInt(place) === address);
      const slot = used && this.files.get(used.file);
      return slot === undefined ? undefined : { kind: 'slot', slot };
    }
    if (role.role === 'timeout' && role.clock === 'absolute') {
      const ahead = value - BigInt(event.began);
      if (ahead <= 0n || ahead > HOUR_NS) return undefined;
      const slot = this.slot();
      this.step({ op: 'clock', args: [], captures: [{ slot, from: 'return' }] }, 'now', null);
      return { kind: 'slot', slot, add: ahead };
    }
    const kind = kindOf(role);
    return kind === undefined ? undefined : this.reference(event.file, kind, value);
  }

  private capture(
    event: Event<'ioctl'>,
    { piece, before, after }: { piece: Piece; before: Uint8Array; after: Uint8Array },
    at: number,
    { role, width }: KnownMember,
  ): number | undefined {
    if (role.role === 'descriptor') {
      const address = BigInt(piece.at) + BigInt(at);
      const made = event.fds.find(({ at: place, made }) => made && BigInt(place) === address);
      if (!made) return undefined;
      const slot = this.slot();
      this.files.set(made.file, slot);
      return slot;
    }
    const kind = kindOf(role);
    const value = numberAt(after, at, width);
    if (kind === undefined || value === 0n || role.direction === 'in') return undefined;
    if (role.direction === 'inout' && value === numberAt(before, at, width)) return undefined;
    return this.keep(event.file, kind, value);
  }
}

function kindOf({ role, resource }: KnownMember['role']): string | undefined {
  return role === 'offset' || role === 'address' ? role : resource;
}

export function programOf(
  events: readonly RecordedEvent[],
  table: RecorderTable,
  masks: readonly string[],
): RecordedProgram {
  return new ProgramMaker(table, masks).make(events);
}
