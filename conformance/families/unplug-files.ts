/** What a device handed out before it went: mappings, dma-bufs and sync files. */
import { type CallDescription, systemConstant, type Trace, type Value } from '../../schemas/index.ts';
import { constant, slotValue } from '../plan/builder.ts';
import type { Case } from '../plan/case.ts';
import { nodeIoctls, type PlanContext } from '../plan/context.ts';
import { mapShared } from '../plan/map.ts';
import { offered } from '../plan/outlook.ts';
import { BOTH } from './file-scene.ts';
import { freshMapped, mappedKinds, unsayable } from './handle-offsets.ts';
import { offsetOf } from './mapping.ts';
import { UnplugScene, type Way } from './unplug-scene.ts';

const [POLLIN, POLLOUT] = [systemConstant('POLLIN'), systemConstant('POLLOUT')];
const MARK = 0x5a5a_1234;
const SEEK_END = 2;

export function fileScenes(context: PlanContext, way: Way): Case[] {
  return [...mappable(context).map(each => mapping(context, way, each)), ...handedOut(context, way)];
}

/** What a program can map. */
interface Mappable {
  readonly instance: string;
  readonly name: string;
  readonly bytes: number;
  /** Makes one: where it can be mapped. */
  readonly make: (scene: UnplugScene) => Value;
}

function mappable(context: PlanContext): Mappable[] {
  const { pageSize } = context.hello;
  const byOffset = offered(context, nodeIoctls(context.driver)).flatMap((call): Mappable[] => {
    const field = offsetOf(call);
    if (field === undefined) return [];
    const make = (scene: UnplugScene) => offset(scene, call, field);
    return [{ instance: call.name, name: call.semantics.key, bytes: pageSize, make }];
  });
  const byHandle = mappedKinds(context)
    .filter(kind => unsayable(context, kind) === undefined)
    .map((kind): Mappable => {
      const make = ({ maker, fd, controls }: UnplugScene) => {
        const { steps, handle } = freshMapped(maker, fd, kind);
        controls.push(...steps);
        return handle;
      };
      const instance = `${kind.creator.name}.mapping`;
      return { instance, name: kind.resource, bytes: Number(kind.sizes[0].bytes), make };
    });
  return [...byOffset, ...byHandle];
}

/** A new object of one page: where it can be mapped. */
function offset(scene: UnplugScene, call: CallDescription, field: string): Value {
  const { maker, fd, controls, builder } = scene;
  const slot = builder.slot();
  const keep = { field, slot };
  if (maker.creates(call)) {
    const made = maker.good(fd, call, { keep })!;
    controls.push(...made.setup, made.step);
  } else {
    const [name, role] = Object.entries(call.semantics.fields).find(([, each]) => each.role === 'handle')!;
    const made = maker.freshHandle(fd, role.resource!)!;
    controls.push(made.step, maker.call(fd, call, { [name]: made.handle }, { keep }));
  }
  return slotValue(slot);
}

function mapping(context: PlanContext, way: Way, { instance, name, bytes, make }: Mappable): Case {
  const scene = new UnplugScene(context, way);
  const { builder, controls, fd } = scene;
  const where = make(scene);
  const map = (label: string) => mapShared(builder, label, fd, where, constant(bytes));
  const mapped = map('map it');
  const store = (label: string) => builder.step(label, 'store', [mapped.at, constant(4), constant(MARK)]);
  const load = (label: string) => builder.step(label, 'load', [mapped.at, constant(4)]);
  controls.push(mapped.step, store('write to it'), load('read it'));
  scene.leave();
  const touched = [load('read it when the device is gone'), store('write to it'), load('read it once more')];
  const again = map('map it when the device is gone');
  builder.step('take the mapping away', 'munmap', [mapped.at, constant(bytes)]);
  // One that should not have come about must not hold the descriptor: a mapping does.
  builder.step('take the other away, if there is one', 'munmap', [again.at, constant(bytes)]);
  scene.end();
  const look = (trace: Trace) => {
    const fault = touched.map(step => trace.results[step]).find(result => result?.status === 'fault');
    return fault ? `touching the mapping raised signal ${fault.signal}` : undefined;
  };
  return scene.case(`mapping.${name}`, [
    // What the memory holds is undefined, so only a signal is looked for.
    { clause: 'unplug.mapping', instance, controls, probes: touched, look, about: () => false },
    { clause: 'unplug.mmap', instance, controls, probes: [again.step] },
  ]);
}

/** A dma-buf and a sync file of it, used once the device is gone. */
function handedOut(context: PlanContext, way: Way): Case[] {
  const scene = new UnplugScene(context, way);
  const { builder, controls, fd, maker } = scene;
  const named = (name: string) => context.driver.files.get(name);
  const [sync, exporting, info] = [
    'DMA_BUF_IOCTL_SYNC',
    'DMA_BUF_IOCTL_EXPORT_SYNC_FILE',
    'SYNC_IOC_FILE_INFO',
  ].map(named);
  const buffer = maker.freshDescriptor(fd, 'dma-buf');
  if (!buffer || !sync || !exporting || !info) return [];
  controls.push(...buffer.steps);
  const syncFile = (label: string) => {
    const slot = builder.slot();
    const step = maker.call(buffer.fd, exporting, { flags: BOTH }, { keep: { field: 'fd', slot }, label });
    return { step, fd: slotValue(slot) };
  };
  const poll = (label: string, of: Value, events: number) =>
    builder.step(label, 'poll', [of, constant(events), constant(0)]);
  const before = syncFile('a sync file of the buffer');
  controls.push(before.step);
  scene.leave();
  const begun = { flags: BOTH };
  const ended = { flags: BOTH | BigInt(systemConstant('DMA_BUF_SYNC_END')) };
  const probes = [
    poll('poll the dma-buf', buffer.fd, POLLIN | POLLOUT),
    builder.step('its size', 'lseek', [buffer.fd, constant(0), constant(SEEK_END)]),
    maker.call(buffer.fd, sync, begun, { label: 'begin access to the buffer' }),
    maker.call(buffer.fd, sync, ended, { label: 'end access to the buffer' }),
    poll('poll the sync file', before.fd, POLLIN),
    maker.call(before.fd, info, { num_fences: 0n }, { label: 'what the sync file says' }),
  ];
  const after = syncFile('another sync file of the buffer');
  probes.push(after.step);
  // The node first: the files hold what they need of the device themselves.
  builder.close(fd);
  for (const of of [after.fd, before.fd, buffer.fd])
    probes.push(builder.close(of, 'close what was handed out'));
  scene.restored();
  return [scene.case('files', [{ clause: 'unplug.files', instance: 'node', controls, probes }])];
}
