/** Makes what work on a qaic device needs: channels, buffers that are sliced for them, lists of buffers. */
import { type CallDescription, TransactionBuilder, type Value } from '../../../schemas/index.ts';
import { addressOf, slotValue } from '../builder.ts';
import type { Argument, CallMaker } from '../call-maker.ts';
import { O_RDWR } from '../context.ts';
import { JobMaker, payloadsBy } from './job-maker.ts';

export const MANAGE = 'DRM_IOCTL_QAIC_MANAGE';
const CREATE = 'DRM_IOCTL_QAIC_CREATE_BO';
export const ATTACH = 'DRM_IOCTL_QAIC_ATTACH_SLICE_BO';
export const EXECUTE = 'DRM_IOCTL_QAIC_EXECUTE_BO';
export const PARTIAL = 'DRM_IOCTL_QAIC_PARTIAL_EXECUTE_BO';
export const WAIT = 'DRM_IOCTL_QAIC_WAIT_BO';
export const PAGE = 4096n;
export const TO_DEVICE = 1n;
export const FROM_DEVICE = 2n;
/** Elements of the queues of a channel: more buffers than any program has in flight. */
export const ELEMENTS = 64;
/** Transactions of 8 bytes in the longest message: 4 KiB with its own two members. */
export const MOST_TRANSACTIONS = 511;
/** Where a message of one activation has the channel afterwards, and one of a deactivation before. */
const CHANNEL_AT = 12;
const CHANNEL = 8;
/** Longer than the device works on a buffer. */
const WAIT_MS = 1000n;

export type Slice = Readonly<Record<string, bigint>>;

/** The channel of each file. */
const channels = new WeakMap<CallMaker, Map<string, Value>>();

export class Maker extends JobMaker {
  /** What it makes its calls with, and the call that it is for. */
  get with(): CallMaker {
    return this.maker;
  }

  get described(): CallDescription {
    return this.submit;
  }

  /** One for the same call that works for another client. */
  others(): Maker {
    const { builder, context } = this.maker;
    const { step, fd } = builder.open(context.nodePath, O_RDWR, 'open another client');
    const made = new Maker(this.maker, fd, this.submit);
    made.setup.push(step);
    return made;
  }

  /** Members of a call that asks for a channel. */
  activation(elements = ELEMENTS): Record<string, Argument> {
    return this.message(new TransactionBuilder().activate(elements).bytes());
  }

  buffer(size = PAGE): Value {
    return this.made(CREATE, { size, pad: 0n });
  }

  /** Members of a call that sends a message. */
  message(bytes: Uint8Array, patches: Readonly<Record<string, Value>> = {}): Record<string, Argument> {
    const call = this.call(MANAGE);
    const room = this.maker.target(call, 'data', BigInt(bytes.length));
    const values: Record<string, Argument> = {
      len: BigInt(bytes.length),
      count: this.transactions(bytes),
      data: addressOf(room),
      'data[]': bytes,
    };
    for (const [place, value] of Object.entries(patches)) values[`data[]@${place}`] = value;
    return values;
  }

  /** Members of a call that gives a channel up. */
  deactivation(channel: Value): Record<string, Argument> {
    return this.message(new TransactionBuilder().deactivate(0).bytes(), { [`${CHANNEL}:4`]: channel });
  }

  deactivate(channel: Value): void {
    Object.assign(this.values, this.deactivation(channel));
  }

  /** A call that comes before. */
  before(name: string, values: Record<string, Argument>): void {
    this.setup.push(this.maker.call(this.fd, this.call(name), values, { label: `${name} (before)` }));
  }

  private transactions(bytes: Uint8Array): bigint {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let count = 0n;
    for (let at = 0; at < bytes.length; at += view.getUint32(at + 4, true)) count += 1n;
    return count;
  }

  /** A channel of its own for every call. */
  activated(elements = ELEMENTS): Value {
    const { builder } = this.maker;
    const values = this.activation(elements);
    const room = values['data'] as Extract<Value, { kind: 'address' }>;
    const slot = builder.slot();
    const captures = [
      { slot, from: 'buffer' as const, buffer: room.buffer, offset: CHANNEL_AT, width: 4 as const },
    ];
    const label = `${MANAGE} (for a channel)`;
    this.setup.push(this.maker.call(this.fd, this.call(MANAGE), values, { label, captures }));
    return slotValue(slot);
  }

  /** The channel of the file for all work that a maker makes: a device has a few only. */
  channel(): Value {
    const own = channels.get(this.maker) ?? new Map<string, Value>();
    channels.set(this.maker, own);
    const file = JSON.stringify(this.fd, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    const known = own.get(file) ?? this.activated();
    own.set(file, known);
    return known;
  }

  /** Members of a call that slices a buffer. */
  slices(handle: Value, channel: Value, dir: bigint, slices: readonly Slice[]): Record<string, Argument> {
    const call = this.call(ATTACH);
    const bytes = this.sizeOf('qaic_attach_slice_entry') * BigInt(slices.length);
    const values: Record<string, Argument> = {
      'hdr.count': BigInt(slices.length),
      'hdr.dbc_id': channel,
      'hdr.handle': handle,
      'hdr.dir': dir,
      'hdr.size': 0n,
      data: addressOf(this.maker.target(call, 'data', bytes)),
    };
    const members = Object.keys(call.semantics.structs!['qaic_attach_slice_entry']!);
    for (const [index, slice] of slices.entries())
      for (const member of members) values[`data[${index}].${member}`] = slice[member] ?? 0n;
    return values;
  }

  /** A buffer that can be queued. */
  sliced(dir: bigint, slices: readonly Slice[] = [{ size: PAGE }]): Value {
    const handle = this.buffer();
    const values = this.slices(handle, this.channel(), dir, slices);
    const label = `${ATTACH} (for a job)`;
    this.setup.push(this.maker.call(this.fd, this.call(ATTACH), values, { label }));
    return handle;
  }

  /** Room for entries that name buffers. */
  entries(struct: string, buffers: readonly Record<string, Argument>[]): void {
    this.values['hdr.dbc_id'] = this.channel();
    this.array('data', 'hdr.count', this.sizeOf(struct), buffers.length);
    for (const [index, members] of buffers.entries())
      for (const [member, value] of Object.entries(members)) this.values[`data[${index}].${member}`] = value;
  }

  /** Buffers that are queued for the device, each with how much of it, where that is said. */
  queue(buffers: readonly { handle: Value; dir: bigint; resize?: bigint }[]): void {
    const partial = this.submit.name === PARTIAL;
    const struct = partial ? 'qaic_partial_execute_entry' : 'qaic_execute_entry';
    const members = buffers.map(({ handle, dir, resize }) => ({
      handle,
      dir,
      ...(partial ? { resize: resize ?? PAGE } : {}),
    }));
    this.entries(struct, members);
  }

  /** Memory that a transfer may read. */
  room(bytes: bigint): number {
    return this.maker.target(this.submit, 'transfer', bytes);
  }

  /** Entries that are to be filled. */
  stats(handles: readonly Value[]): void {
    this.values['hdr.pad'] = 0n;
    this.entries(
      'qaic_perf_stats_entry',
      handles.map(handle => ({ handle, pad: 0n })),
    );
  }

  /** A buffer that the device is given. */
  queued(): Value {
    const handle = this.sliced(FROM_DEVICE);
    const job = new Maker(this.maker, this.fd, this.call(EXECUTE));
    job.queue([{ handle, dir: FROM_DEVICE }]);
    this.before(EXECUTE, job.values);
    return handle;
  }

  /** A buffer that the device has worked on. */
  executed(): Value {
    const handle = this.queued();
    this.before(WAIT, { handle, timeout: WAIT_MS, dbc_id: this.channel(), pad: 0n });
    return handle;
  }
}

export const payload = payloadsBy(Maker);
