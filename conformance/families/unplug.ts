/**
 * The device goes while it is open - root unbinds its driver, or the driver's own call takes it away - and comes back.
 * What the driver may do worst to the kernel comes last.
 */
import { nodeKindOf, nodeNames } from '../../reference/index.ts';
import {
  type CallDescription,
  isDriverNumber,
  systemConstant,
  type Trace,
  type Value,
} from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { addressOf, constant, ProgramBuilder, slotValue } from '../plan/builder.ts';
import type { Case, Instance } from '../plan/case.ts';
import { nodeIoctls, type PlanContext } from '../plan/context.ts';
import { outlook } from '../plan/outlook.ts';
import { textOf } from './text.ts';
import { fileScenes } from './unplug-files.ts';
import { O_NONBLOCK, UnplugScene, type Way, ways } from './unplug-scene.ts';
import { waitScenes } from './unplug-wait.ts';
import { lastScenes, workScenes } from './unplug-work.ts';

const S_IFCHR = 0o020000;
const POLLIN = systemConstant('POLLIN');
const ROOM = 4096;
/** The first descriptor that a program opens. */
const FIRST = 3;
const CLAUSES: readonly ClauseId[] = [
  ...(['unplug.node', 'unplug.open', 'unplug.descriptor', 'unplug.close', 'unplug.return'] as const),
  ...(['unplug.stale', 'dispatch.unplugged', 'errno.absent'] as const),
];

export function unplugFamily(context: PlanContext): Case[] {
  if (!context.binding) return [notReached()];
  const all = ways(context);
  return [
    ...all.flatMap(way => [
      node(context, way),
      descriptor(context, way),
      ...fileScenes(context, way),
      comesBack(context, way),
      coreCalls(context, way),
      ...ownCalls(context).map(call => ownCall(context, way, call)),
      ...workScenes(context, way),
      ...waitScenes(context, way),
    ]),
    ...all.flatMap(way => lastScenes(context, way)),
  ];
}

/** A program of no step: nothing is tried. */
function notReached(): Case {
  return {
    name: 'unbind',
    family: 'unplug',
    tier: 'disturbing',
    program: new ProgramBuilder().build(),
    labels: [],
    instances: CLAUSES.map(clause => ({
      clause,
      instance: 'node',
      controls: [],
      probes: [],
      notReached: 'sysfs offers no way to unbind a driver from the device',
    })),
  };
}

function node(context: PlanContext, way: Way): Case {
  const scene = new UnplugScene(context, way);
  const { builder, controls } = scene;
  const { nodePath, minor } = context;
  const names = nodeNames(nodeKindOf(nodePath), minor);
  const made = `/dev/.accel-uapi-unplug-${context.seed}`;
  builder.step(`remove ${made}, in case a run that was killed left it`, 'unlink', [builder.path(made)]);
  const args = [S_IFCHR | 0o600, names.major, minor].map(constant);
  controls.push(builder.step(`make ${made} with the node's number`, 'mknod', [builder.path(made), ...args]));
  builder.close(scene.open(made));
  const buffer = () => addressOf(builder.buffer(ROOM, { align: 'start' }));
  const read = (path: string) =>
    builder.step(`read ${path}`, 'readfile', [builder.path(path), buffer(), constant(ROOM)]);
  const look = (path: string) => builder.step(`stat ${path}`, 'stat', [builder.path(path), buffer()]);
  const inClass = `/sys/class/${names.class}/${names.name}/dev`;
  controls.push(look(nodePath), read(inClass));
  scene.leave();
  const gone = [look(nodePath), read(inClass)];
  const opened = builder.open(nodePath, 2, 'open the node that has gone').step;
  const byNumber = builder.open(made, 2, 'open the node that was made by hand').step;
  builder.step(`remove ${made}`, 'unlink', [builder.path(made)]);
  scene.end();
  const still = (trace: Trace) => {
    const found = gone.findIndex(step => trace.results[step]?.errno === 0);
    return found < 0 ? undefined : `${[nodePath, inClass][found]} is still there`;
  };
  return scene.case('node', [
    { clause: 'unplug.node', instance: 'node', controls, probes: [...gone, opened], look: still },
    { clause: 'unplug.open', instance: 'node', controls, probes: [byNumber] },
  ]);
}

function descriptor(context: PlanContext, way: Way): Case {
  const scene = new UnplugScene(context, way, O_NONBLOCK);
  const { builder, controls, fd } = scene;
  scene.leave();
  const buffer = addressOf(builder.buffer(ROOM, { align: 'start' }));
  const probes = [
    builder.step('poll', 'poll', [fd, constant(POLLIN), constant(0)]),
    builder.step('read', 'read', [fd, buffer, constant(ROOM)]),
    builder.step('seek', 'lseek', [fd, constant(ROOM), constant(0)]),
    builder.step('write', 'write', [fd, buffer, constant(8)]),
  ];
  const path = builder.path(`/proc/self/fdinfo/${FIRST}`);
  const info = builder.step('read its fdinfo', 'readfile', [
    path,
    addressOf(builder.buffer(ROOM, { align: 'start' })),
    constant(ROOM),
  ]);
  scene.end();
  // A driver that does not mark the device as gone goes on telling of it, which no rule forbids.
  const marks = context.driver.manifest.fdinfo === true && unplugs(context);
  const look = (trace: Trace) => {
    const line = textOf(trace, info)
      .split('\n')
      .find(each => each.startsWith('drm-'));
    return marks && line ? `fdinfo still says ${JSON.stringify(line)}` : undefined;
  };
  return scene.case('descriptor', [
    { clause: 'unplug.descriptor', instance: 'node', controls, probes: [...probes, info], look },
  ]);
}

/** Whether the driver is known to mark its device when it leaves. */
function unplugs(context: PlanContext): boolean {
  return ways(context).length > 1;
}

/** Bound again while the old device is held, there is a new one with another number; and one with the old number later. */
function comesBack(context: PlanContext, way: Way): Case {
  const scene = new UnplugScene(context, way);
  const { builder, controls, fd } = scene;
  controls.push(scene.version(fd, 'DRM_IOCTL_VERSION before'));
  scene.leave();
  const returned: number[] = [];
  const stale: number[] = [];
  // With other devices on the machine nobody knows which number is the next.
  const alone = context.minors.length === 1;
  if (alone) {
    returned.push(scene.back());
    const next = builder.open(scene.pathOf(context.minor + 1), 2, 'open the new node while the old is held');
    returned.push(next.step, scene.version(next.fd, 'DRM_IOCTL_VERSION of the new device'));
    stale.push(scene.version(fd, 'DRM_IOCTL_VERSION of the old descriptor'));
    const object = named(scene, next.fd);
    if (object) {
      returned.push(...object.steps);
      stale.push(object.openFrom(fd));
    }
    builder.close(next.fd);
    scene.unbind();
  } else if (way.call) scene.unbind();
  const closed = builder.close(fd, 'close the old descriptor');
  returned.push(scene.bind());
  const last = builder.open(context.nodePath, 2, 'open the node again');
  returned.push(last.step, scene.version(last.fd, 'DRM_IOCTL_VERSION of the device that is back'));
  builder.close(last.fd);
  const several = alone ? {} : { notReached: 'the machine has several devices' };
  return scene.case('return', [
    { clause: 'unplug.return', instance: 'node', controls, probes: returned },
    { clause: 'unplug.stale', instance: 'node', controls, probes: stale, ...several },
    { clause: 'unplug.close', instance: 'node', controls, probes: [closed] },
  ]);
}

/** An object with a global name, which only descriptors of its own device can open. */
function named(
  scene: UnplugScene,
  fd: Value,
): { steps: number[]; openFrom: (fd: Value) => number } | undefined {
  const { maker, builder, context } = scene;
  const [flink, reopen] = ['DRM_IOCTL_GEM_FLINK', 'DRM_IOCTL_GEM_OPEN'].map(name =>
    context.driver.calls.get(name),
  );
  if (!flink || !reopen || outlook(context, flink).kind !== 'succeeds') return undefined;
  const made = maker.goodArguments(fd, flink)!;
  const slot = builder.slot();
  const step = maker.call(fd, flink, made.values, { keep: { field: 'name', slot } });
  const label = 'open an object of the new device through the old descriptor';
  return {
    steps: [...made.setup, step],
    openFrom: from => maker.call(from, reopen, { name: slotValue(slot) }, { label }),
  };
}

const isCore = (context: PlanContext, { request }: CallDescription) =>
  !isDriverNumber(context.driver.types, request!.number);

function ownCalls(context: PlanContext): CallDescription[] {
  return nodeIoctls(context.driver).filter(call => !isCore(context, call));
}

/** Everything for a call before the device goes: gives what makes the call afterwards. */
function prepared(scene: UnplugScene, call: CallDescription): { own: number[]; after: () => number } {
  const { maker, fd, context } = scene;
  const own: number[] = [];
  const succeeds = outlook(context, call).kind === 'succeeds';
  const good = () => {
    const made = succeeds ? maker.goodArguments(fd, call) : undefined;
    own.push(...(made?.setup ?? []));
    return made?.values ?? {};
  };
  // What is refused while the device is there is refused for another reason when it has gone.
  const step = maker.call(fd, call, good(), { label: `${call.name} before` });
  if (succeeds) own.push(step);
  const values = good();
  return { own, after: () => maker.call(fd, call, values, { label: `${call.name} after` }) };
}

function coreCalls(context: PlanContext, way: Way): Case {
  const scene = new UnplugScene(context, way);
  const { maker, fd, controls } = scene;
  const calls = nodeIoctls(context.driver).filter(call => isCore(context, call));
  const ready = calls.map(call => ({ call, ...prepared(scene, call) }));
  scene.leave();
  const version = context.driver.calls.get('DRM_IOCTL_VERSION')!;
  const unknown = [
    maker.call(fd, version, {}, { request: { letter: 'e'.charCodeAt(0) }, label: 'a foreign letter' }),
    maker.call(fd, version, {}, { request: { number: 0x3f }, label: 'a number that is not defined' }),
  ];
  const instances: Instance[] = [
    { clause: 'dispatch.unplugged', instance: 'node', controls, probes: unknown },
    ...ready.map(({ call, own, after }): Instance => {
      const probes = [after()];
      return {
        clause: 'dispatch.unplugged',
        instance: call.name,
        controls: [...controls, ...own],
        probes,
      };
    }),
  ];
  // A second time: somebody else took the device away first.
  if (way.call)
    instances.push({
      clause: 'dispatch.unplugged',
      instance: way.call.name,
      controls,
      probes: [scene.unplug(fd, way.call, `${way.call.name} once more`)],
    });
  const answers = instances.flatMap(({ probes }) => probes);
  instances.push(absent('core', controls, answers));
  scene.end();
  return scene.case('core-calls', instances);
}

function ownCall(context: PlanContext, way: Way, call: CallDescription): Case {
  const scene = new UnplugScene(context, way);
  const { own, after } = prepared(scene, call);
  scene.leave();
  const probes = [after()];
  scene.end();
  const controls = [...scene.controls, ...own];
  return scene.case(call.semantics.key, [
    { clause: 'dispatch.unplugged', instance: call.name, controls, probes },
    absent(call.name, controls, probes),
  ]);
}

/** The same calls as a library sees them: it drops the device at ENODEV. */
function absent(instance: string, controls: readonly number[], probes: readonly number[]): Instance {
  const about: Instance['about'] = ({ kind }) => kind === 'outcome';
  return { clause: 'errno.absent', instance, controls, probes, about, alike: ['dispatch.unplugged'] };
}
