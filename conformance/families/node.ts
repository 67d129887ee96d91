/** The node, its place in sysfs, and how it opens: judged by what the machine's files say and by the open body. */
import { nodeKindOf, nodeNames } from '../../reference/index.ts';
import { protocol, readRecord, recordLayout, systemConstant, type Trace } from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { Random } from '../plan/random.ts';
import { textOf } from './text.ts';

const TEXT_ROOM = 4096;
const S_IFCHR = 0o020000;
const O_EXCL = systemConstant('O_EXCL');
const ACCESS_MODES = ['O_RDONLY', 'O_WRONLY', 'O_RDWR'].map((name): [string, number] => [
  name,
  systemConstant(name),
]);

export function nodeFamily(context: PlanContext): Case[] {
  return [
    announced(context),
    accessMode(context),
    exclusive(context),
    openTwice(context),
    unopenedMinor(context),
  ];
}

function announced(context: PlanContext): Case {
  const builder = new ProgramBuilder();
  const { nodePath, minor } = context;
  const names = nodeNames(nodeKindOf(nodePath), minor);
  const sysfs = `/sys/class/${names.class}/${names.name}`;
  const layout = recordLayout(protocol, 'file_status');
  const status = builder.buffer(layout.size, { align: 'start' });
  const stat = builder.step(`stat ${nodePath}`, 'stat', [builder.path(nodePath), addressOf(status)]);
  const file = (path: string) =>
    builder.step(`read ${path}`, 'readfile', [
      builder.path(path),
      addressOf(builder.buffer(TEXT_ROOM, { align: 'start' })),
      constant(TEXT_ROOM),
    ]);
  const dev = file(`${sysfs}/dev`);
  const uevent = file(`${sysfs}/uevent`);
  const devices = file('/proc/devices');
  const number = (trace: Trace) => {
    const bytes = new Uint8Array(layout.size);
    for (const diff of trace.results[stat]?.diffs ?? []) bytes.set(diff.bytes, diff.offset);
    const { mode, rdev_major, rdev_minor } = readRecord(new DataView(bytes.buffer), 0, layout) as Record<
      string,
      number
    >;
    return { character: (mode! & 0o170000) === S_IFCHR, major: rdev_major!, minor: rdev_minor! };
  };
  const instance = (
    clause: Instance['clause'],
    probe: number,
    controls: number[],
    look: Instance['look'],
    name = 'node',
  ): Instance => ({ clause, instance: name, controls, probes: [probe], look: look! });
  const node = (trace: Trace) => {
    const seen = number(trace);
    if (!seen.character) return `${nodePath} is no character device`;
    return seen.major === names.major
      ? undefined
      : `${nodePath} has the major number ${seen.major}, expected ${names.major}`;
  };
  return {
    name: 'announced',
    family: 'node',
    tier: 'observe',
    program: builder.build(),
    labels: builder.labels,
    instances: [
      instance('node.major', stat, [stat], node),
      instance('node.class', dev, [stat], trace => {
        const text = textOf(trace, dev).trim();
        const seen = number(trace);
        if (text === '')
          return `${sysfs}/dev cannot be read, so the device is no member of the class ${names.class}`;
        return text === `${seen.major}:${seen.minor}`
          ? undefined
          : `${sysfs}/dev holds ${JSON.stringify(text)}, the node is ${seen.major}:${seen.minor}`;
      }),
      instance('node.name', uevent, [uevent], trace => {
        const name = /^DEVNAME=(.*)$/m.exec(textOf(trace, uevent))?.[1];
        return name === names.devname
          ? undefined
          : `DEVNAME is ${JSON.stringify(name)}, expected ${JSON.stringify(names.devname)}`;
      }),
      instance('node.uevent', uevent, [uevent], trace => {
        const text = textOf(trace, uevent);
        const missing = [
          `MAJOR=${names.major}`,
          `MINOR=${minor}`,
          `DEVNAME=${names.devname}`,
          `DEVTYPE=${names.devtype}`,
        ].filter(line => !text.split('\n').includes(line));
        return missing.length === 0
          ? undefined
          : `the uevent lacks ${missing.join(', ')}; it holds ${JSON.stringify(text.trim().split('\n'))}`;
      }),
      instance(
        'node.registered',
        devices,
        [devices],
        trace => {
          const line = `${names.major} ${names.registered}`;
          const found = textOf(trace, devices)
            .split('\n')
            .some(each => each.trim() === line);
          return found ? undefined : `/proc/devices has no line ${JSON.stringify(line)}`;
        },
        'kernel',
      ),
    ],
  };
}

function accessMode(context: PlanContext): Case {
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const version = context.driver.calls.get('DRM_IOCTL_VERSION')!;
  const probes: number[] = [];
  for (const [name, flags] of ACCESS_MODES) {
    const { step, fd } = builder.open(context.nodePath, flags, `open with ${name}`);
    probes.push(step, maker.good(fd, version)!.step, builder.close(fd));
  }
  return {
    name: 'access-mode',
    family: 'node',
    program: builder.build(),
    labels: builder.labels,
    instances: [{ clause: 'node.access-mode', instance: 'node', controls: [], probes }],
  };
}

function exclusive(context: PlanContext): Case {
  const builder = new ProgramBuilder();
  const controls: number[] = [];
  const probes: number[] = [];
  const control = () => {
    const { step, fd } = builder.open(context.nodePath, O_RDWR, 'open (control)');
    controls.push(step);
    builder.close(fd);
  };
  control();
  for (const [name, flags] of ACCESS_MODES) {
    probes.push(builder.open(context.nodePath, flags | O_EXCL, `open with ${name} | O_EXCL`).step);
    control();
  }
  return {
    name: 'exclusive',
    family: 'node',
    program: builder.build(),
    labels: builder.labels,
    instances: [{ clause: 'node.exclusive', instance: 'node', controls, probes }],
  };
}

function openTwice(context: PlanContext): Case {
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const version = context.driver.calls.get('DRM_IOCTL_VERSION')!;
  const first = builder.open(context.nodePath, O_RDWR, 'open');
  const control = maker.good(first.fd, version)!.step;
  const second = builder.open(context.nodePath, O_RDWR, 'open again');
  const probes = [
    second.step,
    maker.good(first.fd, version)!.step,
    maker.good(second.fd, version)!.step,
    builder.close(first.fd, 'close the first'),
    maker.good(second.fd, version)!.step,
  ];
  return {
    name: 'open-twice',
    family: 'node',
    program: builder.build(),
    labels: builder.labels,
    instances: [{ clause: 'node.open-twice', instance: 'node', controls: [first.step, control], probes }],
  };
}

function unopenedMinor(context: PlanContext): Case {
  const builder = new ProgramBuilder();
  const random = new Random(context.seed);
  const kind = nodeKindOf(context.nodePath);
  // Render nodes have the minors 128 to 191, with as many devices as a machine may well have at the start.
  const spread = kind === 'render' ? [191, 190, 160 + random.below(16)] : [200, 255, 64 + random.below(64)];
  const free = [...spread, spread.at(-1)! + 8].filter(minor => !context.minors.includes(minor));
  // /dev takes device nodes on every system; /tmp is often mounted nodev.
  const path = (minor: number) => `/dev/.accel-uapi-${context.seed}-${minor}`;
  const controls: number[] = [];
  const remove = (minor: number, label = `remove ${path(minor)}`) =>
    builder.step(label, 'unlink', [builder.path(path(minor))]);
  const make = (minor: number) => {
    remove(minor, `remove ${path(minor)}, in case a run that was killed left it`);
    return builder.step(`make ${path(minor)}`, 'mknod', [
      builder.path(path(minor)),
      constant(S_IFCHR | 0o600),
      constant(nodeNames(kind, minor).major),
      constant(minor),
    ]);
  };
  const control = () => {
    controls.push(make(context.minor));
    const { step, fd } = builder.open(
      path(context.minor),
      O_RDWR,
      'open a hand-made node of the device (control)',
    );
    controls.push(step, builder.close(fd), remove(context.minor));
  };
  control();
  const probes: number[] = [];
  for (const minor of [...new Set(free)]) {
    controls.push(make(minor));
    probes.push(builder.open(path(minor), O_RDWR, `open a hand-made node of minor ${minor}`).step);
    controls.push(remove(minor));
  }
  control();
  return {
    name: 'unopened-minor',
    family: 'node',
    program: builder.build(),
    labels: builder.labels,
    instances: [{ clause: 'node.unopened-minor', instance: 'node', controls, probes }],
  };
}
