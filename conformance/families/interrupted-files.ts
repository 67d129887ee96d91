/**
 * Reads and polls that a signal interrupts: of the node of a driver with events, of the eventfd that a sync object
 * counts on, and of a sync file. A read goes on with SA_RESTART (drivers/gpu/drm/drm_file.c:573, fs/eventfd.c:232),
 * a poll never does (signal(7)), and neither takes anything with it.
 */
import {
  type CallDescription,
  errnoName,
  systemConstant,
  type Trace,
  type Value,
} from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { addressOf, constant, ProgramBuilder, slotValue } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { nodeIoctls, O_RDWR, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { payloads } from '../plan/payloads.ts';
import { queuesEvents } from '../plan/resources.ts';
import { endedByItself } from './by-itself.ts';
import { BOTH } from './file-scene.ts';
import { NO_LANES, unreached } from './race-scene.ts';

const POLLIN = systemConstant('POLLIN');
const SIGUSR1 = 10;
/** Longer than a thread takes to begin to sleep, on any machine. */
const BLOCK_MS = 2000;
const DEADLINE_MS = 15_000;
/** More than any event has. */
const ROOM = 64;
/** Without a limit: nothing but the signal and what is waited for ends it. */
const FOR_EVER = 0xffff_ffff;

/** A file that has nothing to read yet. */
interface Idle {
  readonly fd: Value;
  /** What makes it readable, from a lane or after; absent where it happens by itself, soon. */
  readonly happens?: () => number;
}

interface Kind {
  readonly name: 'node' | 'eventfd' | 'sync-file';
  readonly device?: 'late';
  readonly make: (scene: Scene) => Idle | undefined;
}

type Play = 'read.ends' | 'read.goes-on' | 'poll.ends' | 'poll.restart';

export function interruptedFiles(context: PlanContext): Case[] {
  const calls = offered(context, nodeIoctls(context.driver));
  return kinds(context, calls).flatMap(kind => {
    const plays: Play[] =
      kind.name === 'sync-file'
        ? ['poll.ends', 'poll.restart']
        : ['read.ends', 'read.goes-on', 'poll.ends', 'poll.restart'];
    return plays.flatMap(play => one(context, kind, play));
  });
}

function kinds(context: PlanContext, calls: readonly CallDescription[]): Kind[] {
  const named = (name: string) => calls.find(call => call.name === name);
  const found: Kind[] = [];
  const queues = calls.find(queuesEvents);
  if (queues) found.push({ name: 'node', make: scene => events(scene, queues) });
  const [register, create, signal] = [
    'DRM_IOCTL_SYNCOBJ_EVENTFD',
    'DRM_IOCTL_SYNCOBJ_CREATE',
    'DRM_IOCTL_SYNCOBJ_SIGNAL',
  ].map(named);
  if (register && create && signal)
    found.push({ name: 'eventfd', make: scene => counter(scene, register, create, signal) });
  const submit = calls.find(call => payloads(call).some(({ works }) => works));
  const [exported, exporting] = [
    named('DRM_IOCTL_PRIME_HANDLE_TO_FD'),
    context.driver.files.get('DMA_BUF_IOCTL_EXPORT_SYNC_FILE'),
  ];
  const payload = submit && payloads(submit).find(({ works }) => works);
  if (submit && exported && exporting && payload && (!payload.moods || payload.moods.late))
    found.push({
      name: 'sync-file',
      ...(payload.moods ? {} : { device: 'late' }),
      make: scene => fence(scene, submit, exported, exporting),
    });
  return found;
}

class Scene {
  readonly builder = new ProgramBuilder();
  readonly maker: CallMaker;
  readonly controls: number[] = [];
  readonly fd: Value;

  constructor(context: PlanContext) {
    this.maker = new CallMaker(this.builder, context);
    const { step, fd } = this.builder.open(context.nodePath, O_RDWR);
    this.controls.push(step);
    this.fd = fd;
  }
}

function events({ maker, controls, fd }: Scene, call: CallDescription): Idle {
  const count = Object.entries(call.semantics.fields).find(([, { role }]) => role === 'count')![0];
  const good = maker.goodArguments(fd, call)!;
  controls.push(...good.setup);
  return { fd, happens: () => maker.call(fd, call, { ...good.values, [count]: 1n }) };
}

function counter(
  { maker, controls, fd }: Scene,
  register: CallDescription,
  create: CallDescription,
  signal: CallDescription,
): Idle {
  controls.push(maker.call(fd, create, { flags: 0n }));
  const handle = slotValue(maker.builder.lastSlot);
  const made = maker.freshDescriptor(fd, 'eventfd')!;
  const members = { handle, flags: 0n, point: 0n, fd: made.fd, pad: 0n };
  controls.push(...made.steps, maker.call(fd, register, members));
  const handles = addressOf(maker.target(signal, 'handles', 4n));
  const values = { handles, count_handles: 1n, 'handles[0]': handle, pad: 0n };
  return { fd: made.fd, happens: () => maker.call(fd, signal, values) };
}

function fence(
  { maker, controls, fd, builder }: Scene,
  submit: CallDescription,
  exported: CallDescription,
  exporting: CallDescription,
): Idle | undefined {
  const payload = payloads(submit).find(({ works }) => works)!;
  const made = payload.build(maker, fd, submit, () => 0);
  if (!made) return undefined;
  const values = { ...made.values, ...payload.moods?.late };
  controls.push(...made.setup, maker.call(fd, submit, values, { label: 'a late job' }));
  const [buffer, file] = [builder.slot(), builder.slot()];
  const handle = values[payload.works!] as Value;
  controls.push(
    maker.call(fd, exported, { handle, flags: 0n }, { keep: { field: 'fd', slot: buffer } }),
    maker.call(slotValue(buffer), exporting, { flags: BOTH }, { keep: { field: 'fd', slot: file } }),
  );
  return { fd: slotValue(file) };
}

function one(context: PlanContext, kind: Kind, play: Play): Case[] {
  const [op, way] = play.split('.') as ['read' | 'poll', string];
  const restart = way !== 'ends';
  const clauses = (
    op === 'poll'
      ? [restart ? 'interrupted.poll' : 'interrupted.error']
      : restart
        ? ['interrupted.restart']
        : ['interrupted.error', 'interrupted.kept']
  ) satisfies ClauseId[];
  const instance = `${kind.name}.${op}`;
  const name = `${kind.name}.${play}`;
  const wanted = clauses.filter(clause => context.wanted?.({ clause, instance }) !== false);
  if (wanted.length === 0) return [];
  if (!context.hello.lanes)
    return wanted.map(clause => unreached({ clause, instance, name }, 'interrupted', NO_LANES));
  const scene = new Scene(context);
  const { builder, controls } = scene;
  const idle = kind.make(scene);
  if (!idle) return [];
  const act = (label: string) => {
    const room = addressOf(builder.buffer(ROOM, { align: 'start' }));
    const args = op === 'read' ? [room, constant(ROOM)] : [constant(POLLIN), constant(FOR_EVER)];
    return builder.step(label, op, [idle.fd, ...args], { deadline: DEADLINE_MS });
  };
  let [wait, sent] = [-1, -1];
  const goesOn = op === 'read' && restart;
  builder.parallel(`${op} of the ${kind.name} and a signal`, [
    () => {
      wait = act(`${op} of the ${kind.name}`);
    },
    () => {
      const args = [0, SIGUSR1, restart ? 1 : 0, BLOCK_MS].map(constant);
      sent = builder.step('a signal once it sleeps', 'signal', args, { deadline: DEADLINE_MS });
      if (goesOn) controls.push(idle.happens!());
    },
  ]);
  // Once it is there, both ask again.
  const after: number[] = [];
  if (!goesOn) {
    if (idle.happens) controls.push(idle.happens());
    after.push(act(`${op} again`));
  }
  const missed = (trace: Trace) => {
    const signal = trace.results[sent];
    if (signal && signal.ret !== 1n) return 'the signal did not find it asleep';
    return idle.happens ? undefined : endedByItself(trace, wait, sent);
  };
  const expected = goesOn ? errnoName(0) : 'EINTR';
  const look = (trace: Trace) => {
    const ended = errnoName(trace.results[wait]!.errno);
    const how = restart ? 'with' : 'without';
    return ended === expected
      ? undefined
      : `step ${wait}: interrupted ${how} SA_RESTART, the ${op} ended with ${ended}`;
  };
  const instances = wanted.map((clause): Instance => {
    const common = { clause, instance, controls, missed };
    return clause === 'interrupted.kept' ? { ...common, probes: after } : { ...common, probes: [wait], look };
  });
  const { device } = kind;
  const program = builder.build();
  return [
    {
      name,
      family: 'interrupted',
      program,
      labels: builder.labels,
      instances,
      // On a busy machine the thread may run long after the signal that woke it, and find what it waited for.
      ...(idle.happens ? {} : { twice: true as const }),
      ...(device ? { device } : {}),
    },
  ];
}
