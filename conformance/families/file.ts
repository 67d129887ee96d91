/** What a descriptor of the node answers beside ioctls: read, poll, seek, write, fdinfo, and its life over processes. */
import { fdinfoDescription, systemConstant, type Trace, wrongFdinfoValue } from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { outlook } from '../plan/outlook.ts';
import { textOf } from './text.ts';

const O_NONBLOCK = systemConstant('O_NONBLOCK');
const POLLIN = systemConstant('POLLIN');
const ROOM = 4096;
const SIGKILL = 9;
/** The first descriptor that a program opens. */
const FIRST = 3;

export function fileFamily(context: PlanContext): Case[] {
  return [idle(context), fdinfo(context), fork(context)];
}

function finish(name: string, builder: ProgramBuilder, instances: Instance[]): Case {
  return { name, family: 'file', program: builder.build(), labels: builder.labels, instances };
}

/** No event waits: nothing can be read, and nothing is said to be readable. */
function idle(context: PlanContext): Case {
  const builder = new ProgramBuilder();
  const { step, fd } = builder.open(context.nodePath, O_RDWR | O_NONBLOCK, 'open without blocking');
  const buffer = addressOf(builder.buffer(ROOM, { align: 'start' }));
  const transfer = (label: string, op: 'read' | 'write', length: number) =>
    builder.step(label, op, [fd, buffer, constant(length)]);
  const read = [
    transfer('read without an event', 'read', ROOM),
    transfer('read less than an event', 'read', 4),
  ];
  const poll = [builder.step('poll without an event', 'poll', [fd, constant(POLLIN), constant(0)])];
  const seek = [0, 1, 2].map(whence =>
    builder.step(`seek, whence ${whence}`, 'lseek', [fd, constant(4096), constant(whence)]),
  );
  seek.push(transfer('write', 'write', 8));
  const instance = (clause: Instance['clause'], probes: number[]): Instance => ({
    clause,
    instance: 'node',
    controls: [step],
    probes,
  });
  return finish('idle', builder, [
    instance('file.read', read),
    instance('file.poll', poll),
    instance('file.seek', seek),
  ]);
}

/** Keys that the core writes: Documentation/gpu/drm-usage-stats.rst. */
const KEY = /^(drm-[a-z0-9-]+|[a-z0-9_]+-[a-z0-9-]+):\t+(\S.*)$/;

function grammar(text: string, driver: string, before: string): string | undefined {
  const keys = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (!/^drm-/.test(line)) continue;
    const match = KEY.exec(line);
    if (!match) return `the line ${JSON.stringify(line)} is no key, colon, tab and value`;
    if (keys.has(match[1]!)) return `the key ${match[1]} is there twice`;
    keys.set(match[1]!, match[2]!);
  }
  if (keys.get('drm-driver') !== driver)
    return `drm-driver is ${JSON.stringify(keys.get('drm-driver'))}, expected ${JSON.stringify(driver)}`;
  const id = keys.get('drm-client-id') ?? '';
  if (!/^\d+$/.test(id)) return `drm-client-id is ${JSON.stringify(id)}, expected a number`;
  if (new RegExp(`^drm-client-id:\\t+${id}$`, 'm').test(before)) return `two clients have the id ${id}`;
  for (const [key, value] of keys) {
    const wrong = wrongFdinfoValue(fdinfoDescription(), key, value);
    if (wrong) return wrong;
  }
  return undefined;
}

function fdinfo(context: PlanContext): Case {
  const builder = new ProgramBuilder();
  const open = () => builder.open(context.nodePath, O_RDWR).step;
  const info = (fd: number) =>
    builder.step(`read fdinfo of descriptor ${fd}`, 'readfile', [
      builder.path(`/proc/self/fdinfo/${fd}`),
      addressOf(builder.buffer(ROOM, { align: 'start' })),
      constant(ROOM),
    ]);
  const controls = [open(), open()];
  const [first, second] = [info(FIRST), info(FIRST + 1)];
  const driver = String(context.params.get('version.name') ?? context.driver.name);
  const look = (trace: Trace) => {
    const [a, b] = [textOf(trace, first), textOf(trace, second)];
    return grammar(a, driver, '') ?? grammar(b, driver, a);
  };
  const claimed = context.driver.manifest.fdinfo === true;
  return finish('fdinfo', builder, [
    {
      clause: 'file.fdinfo',
      instance: 'node',
      controls,
      probes: [first, second],
      ...(claimed ? { look } : { notClaimed: 'the driver does not offer it' }),
    },
  ]);
}

/** A client whose last descriptor is in another process: an object's global name tells whether it lives. */
function fork(context: PlanContext): Case {
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const calls = ['DRM_IOCTL_GEM_FLINK', 'DRM_IOCTL_GEM_OPEN'].map(name => context.driver.calls.get(name));
  const [flink, reopen] = calls;
  const instance = { clause: 'file.fork', instance: 'node' } as const;
  const possible = flink && reopen && outlook(context, flink).kind === 'succeeds';
  if (!possible) {
    const notReached = 'no call tells from outside whether a client lives';
    return finish('fork', builder, [{ ...instance, controls: [], probes: [], notReached }]);
  }
  const watcher = builder.open(context.nodePath, O_RDWR, 'open the client that watches');
  const owner = builder.open(context.nodePath, O_RDWR, 'open the client that is passed on');
  const named = maker.goodArguments(owner.fd, flink)!;
  const slot = builder.slot();
  const name = maker.call(owner.fd, flink, named.values, { keep: { field: 'name', slot } });
  const pid = builder.slot();
  const fork = builder.step('fork', 'fork', [], { captures: [{ slot: pid, from: 'return' }] });
  const close = builder.close(owner.fd, 'close it here');
  const global = { kind: 'slot', slot } as const;
  const alive = maker.call(watcher.fd, reopen, { name: global }, { label: 'open the object by its name' });
  const handle = { kind: 'slot', slot: builder.lastSlot } as const;
  const releaser = maker.releaser('gem_handle')!;
  // No control: when the client is gone too early, the handle that it gives up was never made.
  maker.call(watcher.fd, releaser.call, { ...releaser.beside, [releaser.field]: handle });
  const kill = builder.step('end the other process', 'kill', [
    { kind: 'slot', slot: pid },
    constant(SIGKILL),
  ]);
  const gone = maker.call(watcher.fd, reopen, { name: global }, { label: 'open the object once more' });
  return finish('fork', builder, [
    {
      ...instance,
      controls: [watcher.step, owner.step, ...named.setup, name, fork, close, kill],
      probes: [alive, gone],
    },
  ]);
}
