/** Work on a device that goes: jobs in flight, and what a client that has worked leaves behind when it closes. */
import { type CallDescription, isDriverNumber, systemConstant, type Value } from '../../schemas/index.ts';
import { addressOf, constant, slotValue } from '../plan/builder.ts';
import type { Case, Instance } from '../plan/case.ts';
import { nodeIoctls, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { type Payload, payloads } from '../plan/payloads.ts';
import { releaserOf } from '../plan/resources.ts';
import { BOTH } from './file-scene.ts';
import { O_NONBLOCK, UnplugScene, type Way } from './unplug-scene.ts';

const POLLIN = systemConstant('POLLIN');
/** Much longer than it takes to tell everybody that the device is gone. */
const SOON_MS = 3000;
const DEADLINE_MS = 15_000;
/** Longer than a job without trouble takes under emulation. */
const DONE_MS = 400;
/** A check that a member of the argument itself names an object. */
const NAMED = /"noHandle":\{"field":"(\w+)"\},"resource":"(\w+)"/g;

function working(context: PlanContext): CallDescription[] {
  return offered(context, nodeIoctls(context.driver)).filter(call =>
    payloads(call).some(({ works }) => works),
  );
}

/** A job in flight, seen by whoever waits for it through a sync file or its event. */
export function workScenes(context: PlanContext, way: Way): Case[] {
  return working(context).flatMap(call => inFlight(context, way, call, 'sync file'));
}

/**
 * What may leave the kernel with less than it had: a poll of a dma-buf holds it until the fence signals
 * (drivers/dma-buf/dma-buf.c: dma_buf_poll), and a client that closes runs through all that it has left behind.
 */
export function lastScenes(context: PlanContext, way: Way): Case[] {
  return working(context).flatMap(call => [
    ...firstOfName(payloads(call).flatMap(payload => used(context, way, call, payload))),
    ...inFlight(context, way, call, 'dma-buf'),
    ...closeScenes(context, way, call),
  ]);
}

/** Several kinds of work may use the same kind of object: one of them tells. */
function firstOfName(cases: readonly Case[]): Case[] {
  return cases.filter(({ name }, index) => cases.findIndex(other => other.name === name) === index);
}

/** A job that does not end by itself. */
function inFlight(
  context: PlanContext,
  way: Way,
  call: CallDescription,
  through: 'sync file' | 'dma-buf',
): Case[] {
  const scene = new UnplugScene(context, way, O_NONBLOCK);
  const { builder, controls, fd, maker } = scene;
  const [exported, exporting, info] = [
    context.driver.calls.get('DRM_IOCTL_PRIME_HANDLE_TO_FD'),
    context.driver.files.get('DMA_BUF_IOCTL_EXPORT_SYNC_FILE'),
    context.driver.files.get('SYNC_IOC_FILE_INFO'),
  ];
  if (!exported || !exporting || !info) return [];
  const payload = payloads(call).find(({ works }) => works)!;
  const made = payload.build(maker, fd, call, () => 0)!;
  controls.push(...made.setup);
  const values = { ...made.values, ...payload.event?.values, ...payload.long };
  controls.push(maker.call(fd, call, values, { label: 'a job that does not end by itself' }));
  const kept = (on: Value, file: CallDescription, members: Record<string, bigint | Value>, field: string) => {
    const slot = builder.slot();
    controls.push(maker.call(on, file, members, { keep: { field, slot } }));
    return slotValue(slot);
  };
  const buffer = kept(fd, exported, { handle: values[payload.works!] as Value, flags: 0n }, 'fd');
  const sync = kept(buffer, exporting, { flags: BOTH }, 'fd');
  const poll = (label: string, of: Value, ms: number) =>
    builder.step(label, 'poll', [of, constant(POLLIN), constant(ms)], { deadline: DEADLINE_MS });
  poll('poll the sync file: the job runs', sync, 0);
  scene.leave();
  const watched = through === 'dma-buf' ? buffer : sync;
  const probes = [poll(`wait for the ${through}`, watched, SOON_MS)];
  if (payload.event && through === 'sync file') {
    const room = addressOf(builder.buffer(payload.event.bytes, { align: 'end' }));
    probes.push(
      poll('poll the node for the event of the job', fd, SOON_MS),
      builder.step('read it', 'read', [fd, room, constant(payload.event.bytes)]),
    );
  }
  const status = maker.call(sync, info, { num_fences: 0n }, { label: 'what the sync file says' });
  builder.close(sync);
  builder.close(buffer);
  scene.end();
  const mood = payload.long ? {} : ({ device: 'hang' } as const);
  const name = `${through === 'dma-buf' ? 'buffer' : 'work'}.${call.semantics.key}`;
  if (through === 'dma-buf')
    return [
      scene.case(name, [{ clause: 'unplug.work', instance: `${call.name}.buffer`, controls, probes }], mood),
    ];
  const work: Instance = { clause: 'unplug.work', instance: call.name, controls, probes };
  const error: Instance = { clause: 'unplug.error', instance: call.name, controls, probes: [status] };
  return [scene.case(name, [work, error], mood)];
}

/** Every kind of work that a client may have done before the device goes. */
function closeScenes(context: PlanContext, way: Way, call: CallDescription): Case[] {
  return payloads(call).map((payload, index) => closed(context, way, call, payload, index));
}

/** Gives up what a job has used, where the driver has a call of its own for it. */
function used(context: PlanContext, way: Way, call: CallDescription, payload: Payload): Case[] {
  const { types } = context.driver;
  const named = JSON.stringify(call.semantics.body).matchAll(NAMED);
  const resources = [...named].flatMap(([, field, resource]) => {
    const releaser = releaserOf(context.driver, resource!);
    const own = releaser && isDriverNumber(types, releaser.call.request!.number);
    return own ? [{ field: field!, releaser }] : [];
  });
  return resources.flatMap(({ field, releaser }) => {
    const scene = new UnplugScene(context, way);
    const { builder, controls, fd, maker } = scene;
    const made = payload.build(maker, fd, call, () => 0);
    const handle = made?.values[field];
    if (!made || typeof handle !== 'object' || !('kind' in handle)) return [];
    controls.push(...made.setup, maker.call(fd, call, made.values, { label: payload.label }));
    builder.step('let it end', 'sleep', [constant(DONE_MS)]);
    scene.leave();
    const label = `${releaser.call.name} of what the job used`;
    const probes = [
      maker.call(fd, releaser.call, { ...releaser.beside, [releaser.field]: handle }, { label }),
    ];
    scene.end();
    const instance = `${releaser.call.name}.used`;
    const name = `used.${releaser.call.semantics.key}`;
    return [scene.case(name, [{ clause: 'dispatch.unplugged', instance, controls, probes }])];
  });
}

function closed(
  context: PlanContext,
  way: Way,
  call: CallDescription,
  payload: Payload,
  index: number,
): Case {
  const scene = new UnplugScene(context, way);
  const { builder, controls, fd, maker } = scene;
  const made = payload.build(maker, fd, call, () => 0);
  const instance = `${call.name}.${index}`;
  if (made) {
    controls.push(...made.setup, maker.call(fd, call, made.values, { label: payload.label }));
    builder.step('let it end', 'sleep', [constant(DONE_MS)]);
  }
  scene.leave();
  const probes = [builder.close(fd, `close the node after ${payload.label}`)];
  scene.restored();
  const reached: Partial<Instance> = made ? {} : { notReached: 'such work cannot be made here' };
  return scene.case(`close.${call.semantics.key}.${index}`, [
    { clause: 'unplug.close', instance, controls, probes, ...reached },
  ]);
}
