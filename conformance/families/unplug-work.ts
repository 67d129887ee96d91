/** Work on a device that goes: jobs in flight, and what a client that has worked leaves behind when it closes. */
import { type CallDescription, systemConstant, type Value } from '../../schemas/index.ts';
import { addressOf, constant, slotValue } from '../plan/builder.ts';
import type { Case, Instance } from '../plan/case.ts';
import { nodeIoctls, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { type Payload, payloads } from '../plan/payloads.ts';
import { BOTH } from './file-scene.ts';
import { O_NONBLOCK, UnplugScene, type Way } from './unplug-scene.ts';

const POLLIN = systemConstant('POLLIN');
/** Much longer than it takes to tell everybody that the device is gone. */
const SOON_MS = 3000;
const DEADLINE_MS = 15_000;
/** Longer than a job without trouble takes under emulation. */
const DONE_MS = 400;

function working(context: PlanContext): CallDescription[] {
  return offered(context, nodeIoctls(context.driver)).filter(call =>
    payloads(call).some(({ works }) => works),
  );
}

export function workScenes(context: PlanContext, way: Way): Case[] {
  return working(context).flatMap(call => inFlight(context, way, call));
}

/** A job that does not end by itself, seen through a sync file, the dma-buf of what it writes, and its event. */
function inFlight(context: PlanContext, way: Way, call: CallDescription): Case[] {
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
  const probes = [poll('wait for the sync file', sync, SOON_MS), poll('poll the dma-buf', buffer, SOON_MS)];
  if (payload.event) {
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
  return [
    scene.case(
      `work.${call.semantics.key}`,
      [
        { clause: 'unplug.work', instance: call.name, controls, probes },
        { clause: 'unplug.error', instance: call.name, controls, probes: [status] },
      ],
      payload.long ? {} : { device: 'hang' },
    ),
  ];
}

/** Every kind of work that a client may have done before the device goes, the plainest first. */
export function closeScenes(context: PlanContext, way: Way): Case[] {
  return working(context).flatMap(call =>
    payloads(call).map((payload, index) => closed(context, way, call, payload, index)),
  );
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
