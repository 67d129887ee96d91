/** Numbers that are given up and given out again to something else, while what they named first is still in use. */
import { type CallDescription, systemConstant, type Trace, type Value } from '../../schemas/index.ts';
import { roleOf } from '../plan/arguments.ts';
import { addressOf, constant, ProgramBuilder, slotValue } from '../plan/builder.ts';
import { type Arguments, CallMaker } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { nodeIoctls, O_RDWR, type PlanContext } from '../plan/context.ts';
import { offered, outlook } from '../plan/outlook.ts';
import { payloads } from '../plan/payloads.ts';
import { JobScene } from './job.ts';
import { numberSeen } from './seen.ts';
import { waiter } from './wait-scene.ts';

const CLAUSE = 'isolation.reuse';
const POLLIN = systemConstant('POLLIN');
const HANDLE_BYTES = 4n;
/** Longer than a job and a reset take on an emulated machine. */
const WAIT_NS = 5_000_000_000n;
const WAIT_MS = 5000;

/** A number as it was given first, and as it was given again. */
interface Twice {
  readonly first: { readonly step: number; readonly slot: number };
  readonly again: { readonly step: number; readonly slot: number };
}

/** A program about numbers of one client. */
class Scene {
  readonly builder: ProgramBuilder;
  readonly maker: CallMaker;
  readonly fd: Value;
  readonly controls: number[] = [];
  readonly probes: number[] = [];
  readonly twice: Twice[] = [];
  private readonly context: PlanContext;

  constructor(
    context: PlanContext,
    { builder, maker, fd }: Partial<Pick<Scene, 'builder' | 'maker' | 'fd'>> = {},
  ) {
    this.context = context;
    this.builder = builder ?? new ProgramBuilder();
    this.maker = maker ?? new CallMaker(this.builder, context);
    this.fd = fd ?? this.open();
  }

  open(): Value {
    const { step, fd } = this.builder.open(this.context.nodePath, O_RDWR);
    this.controls.push(step);
    return fd;
  }

  named(name: string): CallDescription {
    return this.context.driver.calls.get(name)!;
  }

  call(name: string, values: Arguments, into: number[], options: { field?: string; fd?: Value } = {}) {
    const slot = this.builder.slot();
    const keep = options.field === undefined ? {} : { keep: { field: options.field, slot } };
    const step = this.maker.call(options.fd ?? this.fd, this.named(name), values, keep);
    into.push(step);
    return { step, slot, value: slotValue(slot) };
  }

  /** A step that gives a descriptor. */
  descriptor(label: string, op: 'dup' | 'eventfd', args: readonly Value[]) {
    const slot = this.builder.slot();
    const step = this.builder.step(label, op, args, { captures: [{ slot, from: 'return' }] });
    this.controls.push(step);
    return { step, slot, value: slotValue(slot) };
  }

  close(fd: Value, label: string): void {
    this.controls.push(this.builder.close(fd, label));
  }

  /** Gives a handle up, and makes another of its kind, which gets the number. */
  replace(resource: string, handle: { step: number; slot: number; value: Value }): Value {
    const { call, field, beside } = this.maker.releaser(resource)!;
    const label = `${call.name} (gives the number up)`;
    this.controls.push(this.maker.call(this.fd, call, { ...beside, [field]: handle.value }, { label }));
    return this.made(resource, handle);
  }

  /** Makes a handle; the number is that of one which was given up. */
  made(resource: string, first?: Twice['first']): Value {
    const { step, handle } = this.maker.freshHandle(this.fd, resource)!;
    this.controls.push(step);
    if (first) this.twice.push({ first, again: { step, slot: this.builder.lastSlot } });
    return handle;
  }

  poll(label: string, fd: Value, ms = 0): number {
    const step = this.builder.step(label, 'poll', [fd, constant(POLLIN), constant(ms)]);
    this.probes.push(step);
    return step;
  }

  /** The members of a call on one sync object. */
  one(name: string, handle: Value): Record<string, Value | bigint> {
    const handles = addressOf(this.maker.target(this.named(name), 'handles', HANDLE_BYTES));
    return { handles, count_handles: 1n, 'handles[0]': handle };
  }

  signal(handle: Value): void {
    this.call(
      'DRM_IOCTL_SYNCOBJ_SIGNAL',
      { ...this.one('DRM_IOCTL_SYNCOBJ_SIGNAL', handle), pad: 0n },
      this.controls,
    );
  }

  case(instance: string, more: Partial<Case & Instance> = {}): Case {
    const { builder, controls, probes, twice } = this;
    const { device, look } = more;
    return {
      name: `reuse.${instance}`,
      family: 'isolation',
      program: builder.build(),
      labels: builder.labels,
      ...(device ? { device } : {}),
      instances: [
        {
          clause: CLAUSE,
          instance,
          controls,
          probes,
          missed: trace => other(trace, twice),
          ...(look ? { look } : {}),
        },
      ],
    };
  }
}

/** A driver that never gives a number again cannot mix up what it named. */
function other(trace: Trace, twice: readonly Twice[]): string | undefined {
  for (const { first, again } of twice) {
    const [before, now] = [first, again].map(({ step, slot }) => numberSeen(trace, step, slot));
    if (before !== now) return `the number ${before} was given up, and step ${again.step} gave ${now}`;
  }
  return undefined;
}

export function reuse(context: PlanContext): Case[] {
  const can = (...names: string[]) =>
    names.every(name => {
      const call = context.driver.calls.get(name);
      return call !== undefined && outlook(context, call).kind === 'succeeds';
    });
  const plays: [instance: string, play: (instance: string) => Case | undefined][] = [];
  if (can('DRM_IOCTL_SYNCOBJ_EVENTFD', 'DRM_IOCTL_SYNCOBJ_SIGNAL', 'DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD'))
    plays.push(
      ['DRM_IOCTL_SYNCOBJ_EVENTFD.fd', instance => counter(new Scene(context), instance)],
      ['DRM_IOCTL_SYNCOBJ_EVENTFD.handle', instance => watched(new Scene(context), instance)],
    );
  if (can('DRM_IOCTL_PRIME_FD_TO_HANDLE'))
    plays.push(['DRM_IOCTL_PRIME_FD_TO_HANDLE.fd', instance => imported(new Scene(context), instance)]);
  if (can('DRM_IOCTL_GEM_FLINK', 'DRM_IOCTL_GEM_OPEN'))
    plays.push(['DRM_IOCTL_GEM_FLINK.handle', instance => named(new Scene(context), instance)]);
  for (const call of offered(context, nodeIoctls(context.driver)))
    if (payloads(call).some(({ works }) => works))
      plays.push([call.name, instance => job(context, call, instance)]);
  return plays.flatMap(([instance, play]) =>
    context.wanted?.({ clause: CLAUSE, instance }) === false ? [] : (play(instance) ?? []),
  );
}

const EVENTFD = [constant(0), constant(0)];

/** The descriptor of a counter that a fence is to raise becomes another counter's. */
function counter(scene: Scene, instance: string): Case {
  const syncobj = scene.made('syncobj_handle');
  const first = scene.descriptor('make a counter', 'eventfd', EVENTFD);
  const copy = scene.descriptor('keep it under another number', 'dup', [first.value]);
  const values = { handle: syncobj, fd: first.value, point: 0n, flags: 0n, pad: 0n };
  scene.call(
    'DRM_IOCTL_SYNCOBJ_RESET',
    { ...scene.one('DRM_IOCTL_SYNCOBJ_RESET', syncobj), pad: 0n },
    scene.controls,
  );
  scene.call('DRM_IOCTL_SYNCOBJ_EVENTFD', values, scene.controls);
  scene.close(first.value, 'close its first number');
  const again = scene.descriptor('make another counter', 'eventfd', EVENTFD);
  scene.twice.push({ first, again });
  scene.signal(syncobj);
  scene.poll('poll the counter that the call was given', copy.value);
  scene.poll('poll the counter that has its number', again.value);
  return scene.case(instance);
}

/** The handle of a sync object that a counter waits for becomes another's. */
function watched(scene: Scene, instance: string): Case {
  const made = scene.call('DRM_IOCTL_SYNCOBJ_CREATE', { flags: 0n }, scene.controls, { field: 'handle' });
  const file = scene.call(
    'DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD',
    { handle: made.value, flags: 0n, pad: 0n, point: 0n },
    scene.controls,
    { field: 'fd' },
  );
  const { value } = scene.descriptor('make a counter', 'eventfd', EVENTFD);
  const values = { handle: made.value, fd: value, point: 0n, flags: 0n, pad: 0n };
  scene.call('DRM_IOCTL_SYNCOBJ_EVENTFD', values, scene.controls);
  const again = scene.replace('syncobj_handle', made);
  scene.signal(again);
  scene.poll('poll the counter when another sync object with the number has signalled', value);
  const back = scene.call(
    'DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE',
    { fd: file.value, flags: 0n, pad: 0n, point: 0n },
    scene.controls,
    { field: 'handle' },
  );
  scene.signal(back.value);
  scene.poll('poll the counter when the one that it was for has signalled', value);
  return scene.case(instance);
}

/** The descriptor of a buffer that was imported becomes another buffer's. */
function imported(scene: Scene, instance: string): Case | undefined {
  // A client exports the same buffer again.
  const [one, two] = [scene.open(), scene.open()].map(fd => scene.maker.freshDescriptor(fd, 'dma-buf'));
  if (!one || !two) return undefined;
  scene.controls.push(...one.steps, ...two.steps);
  const copy = scene.descriptor('keep the first buffer under another number', 'dup', [one.fd]);
  const first = scene.descriptor('and under one that is given up later', 'dup', [one.fd]);
  const import_ = (fd: Value, into: number[]) =>
    scene.call('DRM_IOCTL_PRIME_FD_TO_HANDLE', { fd, flags: 0n }, into, { field: 'handle' });
  const handle = import_(first.value, scene.controls);
  scene.close(first.value, 'give it up');
  const again = scene.descriptor('the second buffer gets its number', 'dup', [two.fd]);
  scene.twice.push({ first, again });
  const second = import_(again.value, scene.probes);
  const same = import_(copy.value, scene.probes);
  return scene.case(instance, {
    look: trace => {
      const [a, b, c] = [handle, second, same].map(({ step, slot }) => numberSeen(trace, step, slot));
      if (a === b) return `steps ${handle.step} and ${second.step}: two buffers have the handle ${a}`;
      return a === c ? undefined : `step ${same.step}: the buffer has the handle ${a}, and now gets ${c}`;
    },
  });
}

/** The handle of a buffer that has a name becomes another buffer's. */
function named(scene: Scene, instance: string): Case | undefined {
  const holder = scene.open();
  const made = scene.maker.freshHandle(scene.fd, 'gem_handle');
  if (!made) return undefined;
  scene.controls.push(made.step);
  const first = { step: made.step, slot: scene.builder.lastSlot, value: made.handle };
  const name = scene.call('DRM_IOCTL_GEM_FLINK', { handle: made.handle }, scene.controls, { field: 'name' });
  const values = { name: name.value };
  const held = scene.call('DRM_IOCTL_GEM_OPEN', values, scene.controls, { field: 'handle', fd: holder });
  const again = scene.replace('gem_handle', first);
  const flink = (handle: Value, fd: Value) =>
    scene.call('DRM_IOCTL_GEM_FLINK', { handle }, scene.probes, { field: 'name', fd });
  const [own, others] = [flink(held.value, holder), flink(again, scene.fd)];
  return scene.case(instance, {
    look: trace => {
      const [a, b, c] = [name, own, others].map(({ step, slot }) => numberSeen(trace, step, slot));
      if (a !== b) return `step ${own.step}: the buffer has the name ${a}, and now ${b}`;
      return a === c ? `step ${others.step}: another buffer has its name ${a}` : undefined;
    },
  });
}

/** A job's buffer and its sync objects are given up, and others get their numbers, before it is over. */
function job(context: PlanContext, submit: CallDescription, instance: string): Case | undefined {
  const wait = waiter(context);
  if (!wait) return undefined;
  const jobs = new JobScene(context, submit, wait, 'late');
  if (jobs.moods && !jobs.moods.late) return undefined;
  const { values, written } = jobs.job('a late job');
  const scene = new Scene(context, jobs);
  const dmaBuf = jobs.export(written);
  const given = (handle: Value) => {
    const { slot } = handle as Extract<Value, { kind: 'slot' }>;
    const step = jobs.builder
      .build()
      .steps.findIndex(({ captures }) => captures?.some(each => each.slot === slot));
    return { step, slot, value: handle };
  };
  const buffer = scene.replace('gem_handle', given(written));
  const out = Object.entries(values).flatMap(([name, value]) =>
    name.startsWith('syncs_out[') && roleOf(submit, name)?.resource === 'syncobj_handle'
      ? [value as Value]
      : [],
  );
  const syncobjs = out.map(handle => scene.replace('syncobj_handle', given(handle)));
  scene.probes.push(jobs.waitFor('look once at another buffer with the number', buffer, 0n));
  if (dmaBuf) scene.poll('poll the dma-buf of the buffer that the job has', dmaBuf, WAIT_MS);
  for (const syncobj of syncobjs) {
    const values = { ...scene.one('DRM_IOCTL_SYNCOBJ_QUERY', syncobj), flags: 0n };
    const points = addressOf(scene.maker.target(scene.named('DRM_IOCTL_SYNCOBJ_QUERY'), 'points', 8n));
    scene.call('DRM_IOCTL_SYNCOBJ_QUERY', { ...values, points }, scene.probes);
  }
  const next = jobs.job('another job');
  scene.probes.push(jobs.waitFor('wait for it', next.written, WAIT_NS));
  scene.controls.push(...jobs.controls);
  return scene.case(instance, jobs.moods ? {} : { device: 'late' });
}
