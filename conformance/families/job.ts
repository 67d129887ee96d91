/**
 * Work on the device: all observers agree on when a job is over, in what order jobs end, what becomes of one that
 * fails or hangs, and of work whose client goes.
 */
import {
  type CallDescription,
  type DeviceMood,
  encodeRequest,
  fieldOf,
  layoutOf,
  systemConstant,
  type Trace,
  type Value,
} from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { addressOf, constant, ProgramBuilder, slotValue } from '../plan/builder.ts';
import { type Argument, CallMaker, type GoodArguments } from '../plan/call-maker.ts';
import type { Case } from '../plan/case.ts';
import { closingEarly } from '../plan/closing.ts';
import { nodeIoctls, O_RDWR, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { type Payload, payloads } from '../plan/payloads.ts';
import { blameScenes } from './job-blame.ts';
import { alike, fromNow, waiter } from './wait-scene.ts';

const POLLIN = systemConstant('POLLIN');
/** Longer than a watchdog of a second and a reset take on an emulated machine. */
export const WAIT_NS = 5_000_000_000n;
/** Shorter than a job that is late. */
const SHORT_NS = 20_000_000n;
const DEADLINE_MS = 15_000;
/** linux/sync_file.h: 1 is done, a negative number an errno, 0 pending. */
export const DONE = 1;

export type Play = [ClauseId, string, (scene: JobScene) => void, DeviceMood | undefined];

export function jobFamily(context: PlanContext): Case[] {
  const calls = offered(context, nodeIoctls(context.driver)).filter(call =>
    payloads(call).some(({ works }) => works),
  );
  const wait = waiter(context);
  return calls.flatMap(call => {
    if (!wait) return [];
    const scenes: Play[] = [
      ['job.completion', call.name, completes, undefined],
      ['job.completion', `${call.name}.late`, completes, 'late'],
      ['job.order', call.name, ordered, 'late'],
      ['job.failure', `${call.name}.fault`, fails, 'fault'],
      ['job.failure', `${call.name}.hang`, fails, 'hang'],
      ['job.failure', `${call.name}.lost`, fails, 'lost'],
      ['job.recovery', call.name, recovers, undefined],
      ...blameScenes(call),
      ['job.references', call.name, keeps, 'late'],
      ['job.close', call.name, closes, 'late'],
    ];
    return scenes.flatMap(([clause, instance, play, mood]) => {
      const scene = new JobScene(context, call, wait, mood);
      // A job that says itself how it ends may have no way to end so.
      if (scene.moods && mood && !scene.moods[mood]) return [];
      play(scene);
      const made = scene.case(clause, instance, mood);
      return [play === closes ? { ...made, ...closingEarly(context) } : made];
    });
  });
}

interface Job extends GoodArguments {
  readonly written: Value;
  readonly read: Value | undefined;
  readonly step: number;
}

/** Of a descriptor, as a key. */
const nameOf = (fd: Value) =>
  JSON.stringify(fd, (_, value) => (typeof value === 'bigint' ? String(value) : value));

export class JobScene {
  readonly builder = new ProgramBuilder();
  readonly maker: CallMaker;
  readonly context: PlanContext;
  readonly controls: number[] = [];
  readonly probes: number[] = [];
  readonly fd: Value;
  look: ((trace: Trace) => string | undefined) | undefined;
  /** What a wait has in common with the work of its file. */
  private readonly alike = new Map<string, Record<string, Argument>>();
  /** Waits that are long enough for the device to be done. */
  private readonly waits: number[] = [];
  readonly submit: CallDescription;
  private readonly wait: NonNullable<ReturnType<typeof waiter>>;
  private readonly payload: Payload;
  readonly mood: DeviceMood;

  constructor(
    context: PlanContext,
    submit: CallDescription,
    wait: NonNullable<ReturnType<typeof waiter>>,
    mood: DeviceMood = 'complete',
  ) {
    this.context = context;
    this.submit = submit;
    this.wait = wait;
    this.mood = mood;
    this.payload = payloads(submit).find(({ works }) => works)!;
    this.maker = new CallMaker(this.builder, context);
    this.fd = this.open();
  }

  get moods(): Payload['moods'] {
    return this.payload.moods;
  }

  open(): Value {
    const { step, fd } = this.builder.open(this.context.nodePath, O_RDWR);
    this.controls.push(step);
    return fd;
  }

  /** Submits a job that writes a buffer. */
  job(label: string, fd = this.fd, times = 1, mood = this.mood): Job {
    const { payload } = this;
    const built = payload.build(this.maker, fd, this.submit, () => 0)!;
    const own = { ...payload.event?.values, ...payload.moods?.[mood] };
    const made = { ...built, values: { ...built.values, ...own } };
    this.controls.push(...made.setup);
    let step = -1;
    for (let count = 0; count < times; count += 1)
      step = this.again(label, count === 0 ? made : this.beside(made, fd), fd);
    this.alike.set(nameOf(fd), alike(payload, made.values));
    const named = (name: string) => made.values[name] as Value;
    const read = payload.reads === undefined ? undefined : named(payload.reads);
    return { ...made, written: named(payload.works!), read, step };
  }

  /** The same job once more, beside the first. */
  private beside(first: GoodArguments, fd: Value): GoodArguments {
    const { once } = this.payload;
    if (once === undefined) return first;
    const built = this.payload.build(this.maker, fd, this.submit, () => 0)!;
    this.controls.push(...built.setup);
    return { ...first, values: { ...first.values, [once]: built.values[once]! } };
  }

  private again(label: string, { values }: GoodArguments, fd: Value): number {
    this.controls.push(this.maker.call(fd, this.submit, values, { label }));
    return this.controls.at(-1)!;
  }

  /** Submits a second job on the buffers of the first; the buffer that both write, or that is the second's own. */
  second(first: Job): Value {
    const made = this.beside(first, this.fd);
    this.again('a second job on the same buffers', made, this.fd);
    return made.values[this.payload.works!] as Value;
  }

  /**
   * Polls for the event of a job and reads it; what is wrong with it, or undefined. It comes just after the buffer is
   * idle.
   */
  event(): ((trace: Trace) => string | undefined) | undefined {
    const { event } = this.payload;
    if (!event) return undefined;
    const polled = this.poll('poll the node for the event of the job', this.fd, 1000);
    const buffer = this.builder.buffer(event.bytes, { align: 'end' });
    const read = this.builder.step('read it', 'read', [this.fd, addressOf(buffer), constant(event.bytes)]);
    return trace => {
      if (!readable(trace, polled)) return 'the job is over, but its event does not come';
      const bytes = new Uint8Array(event.bytes);
      for (const diff of trace.results[read]?.diffs ?? []) bytes.set(diff.bytes, diff.offset);
      const held = new DataView(bytes.buffer).getBigUint64(event.at, true);
      return held === event.holds
        ? undefined
        : `the event of the job holds 0x${held.toString(16)} at ${event.at}, expected 0x${event.holds.toString(16)}`;
    };
  }

  /** Waits until nobody uses the buffer; `ns` from now, or 0 to look once. */
  waitFor(label: string, buffer: Value, ns: bigint, fd = this.fd): number {
    const deadline = ns > 0n ? fromNow(this.maker, ns, this.wait.call) : constant(0);
    const more = this.alike.get(nameOf(fd));
    const values = { ...more, [this.wait.handle]: buffer, [this.wait.timeout]: deadline };
    // A wait that is refused writes nothing of what it would tell at its end.
    const shape = { label, deadline: DEADLINE_MS, poison: 0x5a };
    const step = this.maker.call(fd, this.wait.call, values, shape);
    if (ns >= WAIT_NS) this.waits.push(step);
    return step;
  }

  /** When a job ends only the device knows, but it ends. */
  private endless(trace: Trace): string | undefined {
    const step = this.waits.find(wait => trace.results[wait]?.errno !== 0);
    return step === undefined
      ? undefined
      : `the wait of ${WAIT_NS / 1_000_000_000n} s in step ${step} ended before the job`;
  }

  /** The dma-buf of a buffer. */
  export(buffer: Value, fd = this.fd): Value | undefined {
    const call = this.context.driver.calls.get('DRM_IOCTL_PRIME_HANDLE_TO_FD');
    if (!call) return undefined;
    const slot = this.builder.slot();
    const values = { handle: buffer, flags: 0n };
    this.controls.push(this.maker.call(fd, call, values, { keep: { field: 'fd', slot } }));
    return slotValue(slot);
  }

  poll(label: string, fd: Value, ms: number): number {
    return this.builder.step(label, 'poll', [fd, constant(POLLIN), constant(ms)], { deadline: DEADLINE_MS });
  }

  /** An ioctl of another file, from the facts of its header; gives the step and the place of a member. */
  fileIoctl(fd: Value, name: string, values: Record<string, bigint>, keep?: { field: string; slot: number }) {
    const { types, numbers } = this.context.driver;
    const fact = numbers.files.find(each => each.name === name)!;
    const struct = fact.argument && 'named' in fact.argument ? fact.argument.named : '';
    const layout = layoutOf(types, struct, this.context.hello.abi);
    const bytes = new Uint8Array(layout.size);
    const view = new DataView(bytes.buffer);
    for (const [path, value] of Object.entries(values)) {
      const { offset, size } = fieldOf(layout, path);
      if (size === 8) view.setBigUint64(offset, value, true);
      else view.setUint32(offset, Number(value), true);
    }
    const buffer = this.builder.buffer(layout.size, { align: 'start' });
    const captures = keep
      ? [
          {
            slot: keep.slot,
            from: 'buffer' as const,
            buffer,
            offset: fieldOf(layout, keep.field).offset,
            width: 4 as const,
          },
        ]
      : [];
    const request = encodeRequest({ ...fact, size: layout.size });
    const step = this.builder.step(name, 'ioctl', [fd, constant(request), addressOf(buffer)], {
      fills: [{ buffer, offset: 0, bytes }],
      captures,
    });
    return { step, member: (path: string) => fieldOf(layout, path).offset };
  }

  /** A sync file for all fences of a buffer now, and a look at its status. */
  syncFile(dmaBuf: Value): { fd: Value; exported: number } {
    const slot = this.builder.slot();
    const rw = 3n; // DMA_BUF_SYNC_RW
    const made = this.fileIoctl(
      dmaBuf,
      'DMA_BUF_IOCTL_EXPORT_SYNC_FILE',
      { flags: rw },
      { field: 'fd', slot },
    );
    return { fd: slotValue(slot), exported: made.step };
  }

  status(syncFile: Value): (trace: Trace) => number | undefined {
    const { step, member } = this.fileIoctl(syncFile, 'SYNC_IOC_FILE_INFO', {});
    const at = member('status');
    return trace => {
      const result = trace.results[step];
      if (result?.errno !== 0) return undefined;
      const bytes = new Uint8Array(256);
      for (const diff of result.diffs) bytes.set(diff.bytes, diff.offset);
      return new DataView(bytes.buffer).getInt32(at, true);
    };
  }

  case(clause: ClauseId, instance: string, device: DeviceMood | undefined): Case {
    return {
      // A driver that believes the place takes the kernel along.
      ...(device === 'lost' ? { tier: 'destructive' as const } : {}),
      name: `${clause.slice(clause.indexOf('.') + 1)}.${instance}`,
      family: 'job',
      program: this.builder.build(),
      labels: this.builder.labels,
      ...(device && !this.moods ? { device } : {}),
      instances: [
        {
          clause,
          instance,
          controls: this.controls,
          probes: this.probes,
          look: trace => this.endless(trace) ?? this.look?.(trace),
        },
      ],
    };
  }
}

const readable = (trace: Trace, step: number) => ((trace.results[step]?.ret ?? 0n) & BigInt(POLLIN)) !== 0n;

/** Looks at a buffer after its job in every way there is. */
function observe(
  scene: JobScene,
  buffer: Value,
  good: (status: number, before: number | undefined) => boolean,
  wanted: string,
): void {
  const dmaBuf = scene.export(buffer);
  const sync = dmaBuf && scene.syncFile(dmaBuf);
  const early = sync && scene.status(sync.fd);
  scene.probes.push(scene.waitFor('look once at a job that may still run', buffer, 0n));
  // Who says that it is over says so to everybody.
  const agrees = (of: string) => {
    if (dmaBuf) scene.probes.push(scene.poll(`poll the dma-buf after ${of}`, dmaBuf, 0));
  };
  agrees('that look');
  if (scene.mood === 'late') {
    scene.probes.push(scene.waitFor('wait for less than the job lasts', buffer, SHORT_NS));
    agrees('that wait');
  }
  scene.probes.push(scene.waitFor('wait for the buffer', buffer, WAIT_NS));
  scene.probes.push(scene.waitFor('look once whether it is idle', buffer, 0n));
  const polls =
    dmaBuf && sync
      ? [scene.poll('poll the dma-buf', dmaBuf, 0), scene.poll('poll the sync file', sync.fd, 0)]
      : [];
  const status = sync && scene.status(sync.fd);
  // Last: waiting for it would give the job time.
  const event = scene.event();
  scene.look = trace => {
    const told = event?.(trace);
    if (!sync || !status) return told;
    if (told || trace.results[sync.exported]?.errno !== 0) return told;
    const names = ['the dma-buf', 'the sync file'];
    const silent = polls.findIndex(step => !readable(trace, step));
    if (silent >= 0)
      return `the wait for the buffer is over, but a poll of ${names[silent]} says that it is busy`;
    const seen = status(trace);
    if (seen === undefined || good(seen, early?.(trace))) return undefined;
    return `the wait for the buffer is over, but the sync file has the status ${seen}, expected ${wanted}`;
  };
}

function completes(scene: JobScene): void {
  const { read, written } = scene.job('a job');
  // Who says that nobody uses a buffer which the job reads says that it is over; then it writes none either.
  if (read)
    scene.probes.push(
      scene.waitFor('look once at a buffer that the job reads', read, 0n),
      scene.waitFor('look once at the buffer that it writes', written, 0n),
    );
  observe(scene, written, status => status === DONE, '1 (done)');
}

/** A job that was over before the sync file was made leaves no fence to tell how it ended. */
function fails(scene: JobScene): void {
  const { written } = scene.job('a job that the device fails');
  const negative = (status: number, before: number | undefined) => status < 0 || before !== 0;
  observe(scene, written, negative, 'a negative number');
}

function ordered(scene: JobScene): void {
  const first = scene.job('the first job');
  const second = scene.second(first);
  const third = scene.job('a third job on others');
  scene.probes.push(
    scene.waitFor('wait for the third', third.written, WAIT_NS),
    scene.waitFor('look whether the first two are over', first.written, 0n),
  );
  if (second !== first.written) scene.probes.push(scene.waitFor('look at the second', second, 0n));
}

function recovers(scene: JobScene): void {
  const other = scene.open();
  for (const fd of [scene.fd, other]) {
    const { written } = scene.job('a good job after failures', fd);
    scene.probes.push(scene.waitFor('wait for it', written, WAIT_NS, fd));
  }
}

function keeps(scene: JobScene): void {
  const { written } = scene.job('a job');
  const dmaBuf = scene.export(written);
  const releaser = scene.maker.releaser('gem_handle')!;
  const label = `${releaser.call.name} of the buffer that the job writes`;
  const values = { ...releaser.beside, [releaser.field]: written };
  scene.controls.push(scene.maker.call(scene.fd, releaser.call, values, { label }));
  const next = scene.job('another job');
  scene.probes.push(scene.waitFor('wait for the other', next.written, WAIT_NS));
  if (!dmaBuf) return;
  const poll = scene.poll('poll the dma-buf of the closed buffer', dmaBuf, 0);
  scene.look = trace => (readable(trace, poll) ? undefined : 'the job on the closed buffer never ends');
}

function closes(scene: JobScene): void {
  scene.job('jobs', scene.fd, 3);
  scene.probes.push(scene.builder.close(scene.fd, 'close the node with work in flight'));
  const other = scene.open();
  const { written } = scene.job('a job of the next client', other);
  scene.probes.push(scene.waitFor('wait for it', written, WAIT_NS, other));
}
