/** What a device handed out before it went: mappings, dma-bufs and sync files. */
import { type CallDescription, systemConstant, type Trace, type Value } from '../../schemas/index.ts';
import { constant, slotValue } from '../plan/builder.ts';
import type { Case } from '../plan/case.ts';
import { nodeIoctls, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { BOTH } from './file-scene.ts';
import { offsetOf } from './mapping.ts';
import { UnplugScene, type Way } from './unplug-scene.ts';

const [PROT_READ, PROT_WRITE] = [systemConstant('PROT_READ'), systemConstant('PROT_WRITE')];
const [POLLIN, POLLOUT] = [systemConstant('POLLIN'), systemConstant('POLLOUT')];
const MAP_SHARED = 1;
const MARK = 0x5a5a_1234;
const SEEK_END = 2;

export function fileScenes(context: PlanContext, way: Way): Case[] {
  const mappable = offered(context, nodeIoctls(context.driver)).flatMap(call => {
    const field = offsetOf(call);
    return field === undefined ? [] : [{ call, field }];
  });
  return [
    ...mappable.map(({ call, field }) => mapping(context, way, call, field)),
    ...handedOut(context, way),
  ];
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

function mapping(context: PlanContext, way: Way, call: CallDescription, field: string): Case {
  const scene = new UnplugScene(context, way);
  const { builder, controls, fd } = scene;
  const page = context.hello.pageSize;
  const where = offset(scene, call, field);
  const map = (label: string) => {
    const slot = builder.slot();
    const numbers = [0, page, PROT_READ | PROT_WRITE, MAP_SHARED].map(constant);
    const captures = [{ slot, from: 'return' as const }];
    return { step: builder.step(label, 'mmap', [...numbers, fd, where], { captures }), at: slotValue(slot) };
  };
  const mapped = map('map it');
  const store = (label: string) => builder.step(label, 'store', [mapped.at, constant(4), constant(MARK)]);
  const load = (label: string) => builder.step(label, 'load', [mapped.at, constant(4)]);
  controls.push(mapped.step, store('write to it'), load('read it'));
  scene.leave();
  const touched = [load('read it when the device is gone'), store('write to it'), load('read it once more')];
  const again = map('map it when the device is gone');
  builder.step('take the mapping away', 'munmap', [mapped.at, constant(page)]);
  // One that should not have come about must not hold the descriptor: a mapping does.
  builder.step('take the other away, if there is one', 'munmap', [again.at, constant(page)]);
  scene.end();
  const look = (trace: Trace) => {
    const fault = touched.map(step => trace.results[step]).find(result => result?.status === 'fault');
    return fault ? `touching the mapping raised signal ${fault.signal}` : undefined;
  };
  const instance = call.name;
  return scene.case(`mapping.${call.semantics.key}`, [
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
