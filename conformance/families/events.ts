/** Events that a call queues on the caller's own file: read in order and whole, announced by poll, and only as many as there is room for. */
import { type CallDescription, systemConstant } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Case } from '../plan/case.ts';
import { nodeIoctls, O_RDWR, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { payloads } from '../plan/payloads.ts';
import { queuesEvents } from '../plan/resources.ts';

const O_NONBLOCK = systemConstant('O_NONBLOCK');
const POLLIN = systemConstant('POLLIN');
/** What a file has room for (drivers/gpu/drm/drm_file.c:158), in bytes. */
const ROOM = 4096;
/** More events than there is room for: the smallest has 8 bytes. */
const [TIMES, SOME] = [26, 20];
/** Less than any event: a type and a length take 8 bytes. */
const LITTLE = 4;

/** The member that says how many events a call queues; undefined for a call that queues none. */
function counted(call: CallDescription): string | undefined {
  if (!queuesEvents(call)) return undefined;
  return Object.entries(call.semantics.fields).find(([, { role }]) => role === 'count')?.[0];
}

export function eventFamily(context: PlanContext): Case[] {
  const calls = offered(context, nodeIoctls(context.driver));
  const promising = calls.filter(call => payloads(call).some(({ event }) => event));
  return calls.flatMap(call => {
    const count = counted(call);
    if (count === undefined) return [];
    return [
      ordered(context, call, count),
      crowded(context, call, count),
      ...promising.map(other => promised(context, call, count, other)),
    ];
  });
}

class Scene {
  readonly builder = new ProgramBuilder();
  readonly controls: number[] = [];
  private readonly maker: CallMaker;
  private readonly fd;
  private readonly call: CallDescription;
  private readonly count: string;

  constructor(context: PlanContext, call: CallDescription, count: string) {
    this.maker = new CallMaker(this.builder, context);
    this.call = call;
    this.count = count;
    const opened = this.builder.open(context.nodePath, O_RDWR | O_NONBLOCK, 'open without blocking');
    this.fd = opened.fd;
    this.controls.push(opened.step);
  }

  queue(label: string, events: number): number {
    const good = this.maker.goodArguments(this.fd, this.call)!;
    this.controls.push(...good.setup);
    const values = { ...good.values, [this.count]: BigInt(events) };
    return this.maker.call(this.fd, this.call, values, { label });
  }

  read(label: string, length: number): number {
    const buffer = addressOf(this.builder.buffer(length, { align: 'end' }));
    return this.builder.step(label, 'read', [this.fd, buffer, constant(length)]);
  }

  poll(label: string): number {
    return this.builder.step(label, 'poll', [this.fd, constant(POLLIN), constant(0)]);
  }

  /** A job whose end would be an event. */
  job(label: string, call: CallDescription): number {
    const payload = payloads(call).find(({ event }) => event)!;
    const good = payload.build(this.maker, this.fd, call, () => 0)!;
    this.controls.push(...good.setup);
    return this.maker.call(this.fd, call, { ...good.values, ...payload.event!.values }, { label });
  }

  case(name: string, probes: Partial<Record<ClauseId, number[]>>, instance = this.call.name): Case {
    const { builder, controls } = this;
    return {
      name: `${name}.${instance}`,
      family: 'events',
      program: builder.build(),
      labels: builder.labels,
      instances: Object.entries(probes).map(([clause, steps]) => ({
        clause: clause as ClauseId,
        instance,
        controls,
        probes: steps,
      })),
    };
  }
}

function ordered(context: PlanContext, call: CallDescription, count: string): Case {
  const scene = new Scene(context, call, count);
  scene.controls.push(scene.queue('queue one event', 1), scene.queue('queue three more', 3));
  const polls = [scene.poll('poll with events')];
  const reads = [
    scene.read('read with too little room', LITTLE),
    scene.read('read what has come', ROOM),
    scene.read('read again', ROOM),
  ];
  polls.push(scene.poll('poll when all are read'));
  return scene.case('order', { 'file.read': reads, 'file.poll': polls });
}

function crowded(context: PlanContext, call: CallDescription, count: string): Case {
  const scene = new Scene(context, call, count);
  const probes = [
    ...Array.from({ length: TIMES }, () => scene.queue('queue until there is no room', SOME)),
    scene.queue('queue another', 1),
    scene.read('read them', ROOM),
    scene.queue('queue one where there is room again', 1),
  ];
  return scene.case('room', { 'file.room': probes });
}

/** A call that promises an event when there is no room for it. */
function promised(
  context: PlanContext,
  call: CallDescription,
  count: string,
  promising: CallDescription,
): Case {
  const scene = new Scene(context, call, count);
  for (let time = 0; time < TIMES; time += 1) scene.queue('queue until there is no room', SOME);
  const probes = [
    scene.job('a job whose event has no room', promising),
    scene.read('read all', ROOM),
    scene.job('a job whose event has room', promising),
  ];
  return scene.case('room', { 'file.room': probes }, promising.name);
}
