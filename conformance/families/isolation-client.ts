/** What clients do in programs about isolation: one that is watched while it makes every call, and one that is busy. */
import {
  type CallDescription,
  type FieldLayout,
  type Program,
  systemConstant,
  type Value,
} from '../../schemas/index.ts';
import { callOfStep } from '../judge/step-call.ts';
import { argumentLayout } from '../plan/arguments.ts';
import { addressOf, constant, type ProgramBuilder, slotValue } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import { ioctls, O_RDWR, type PlanContext } from '../plan/context.ts';
import { mapShared } from '../plan/map.ts';
import { offered, outlook } from '../plan/outlook.ts';
import { payloads, pickKind } from '../plan/payloads.ts';
import { POISON } from '../plan/sandwich.ts';
import { ownLines, sharedErrnos, sharedMembers, sharedMemory } from './isolation-shared.ts';
import type { Watched } from './isolation-trace.ts';
import { offsetOf } from './mapping.ts';

const FDINFO_ROOM = 4096;
/** The first descriptor that a program opens. */
const FIRST = 3;
const POLLIN = systemConstant('POLLIN');
const SIGKILL = 9;
/** Kinds of good calls that a watched client makes. */
const KINDS = 3;
/** Objects of each kind that a busy client has. */
const OBJECTS = 3;

/** The steps of one run that an instance is about. */
export interface Piece {
  readonly instance: string;
  readonly first: number;
  readonly end: number;
  /** The call itself, next to what it needed. */
  readonly main: readonly number[];
}

/** The calls that can be made well here, on the node and on the files that it hands out. */
export function madeCalls(context: PlanContext): CallDescription[] {
  const { driver } = context;
  const files = [...driver.files.values()].filter(call => call.request);
  return offered(context, [...ioctls(driver), ...files]).filter(
    (call, at, all) => all.indexOf(call) === at && outlook(context, call).kind === 'succeeds',
  );
}

const kindsOf = (call: CallDescription) => Math.min(Math.max(payloads(call).length, 1), KINDS);

/**
 * The lowest number that a program can open, kept for one client at a time: the path of its fdinfo has to be known
 * beforehand.
 */
export class Place {
  private readonly builder: ProgramBuilder;
  private readonly context: PlanContext;
  private held: Value;

  constructor(builder: ProgramBuilder, context: PlanContext) {
    this.builder = builder;
    this.context = context;
    this.held = this.hold();
  }

  private hold(): Value {
    const slot = this.builder.slot();
    const captures = [{ slot, from: 'return' as const }];
    this.builder.step('keep a number', 'eventfd', [constant(0), constant(0)], { captures });
    return slotValue(slot);
  }

  open(label: string): { step: number; fd: Value } {
    this.builder.close(this.held, 'give the number');
    return this.builder.open(this.context.nodePath, O_RDWR, label);
  }

  close(fd: Value, label: string): void {
    this.builder.close(fd, label);
    this.held = this.hold();
  }

  fdinfo(): number {
    const room = addressOf(this.builder.buffer(FDINFO_ROOM, { align: 'start' }));
    const path = this.builder.path(`/proc/self/fdinfo/${FIRST}`);
    return this.builder.step('read its fdinfo', 'readfile', [path, room, constant(FDINFO_ROOM)]);
  }
}

/** Maps a new object of the client; undefined where the call gives no offset. */
export function mapNew(
  maker: CallMaker,
  fd: Value,
  call: CallDescription,
  choose?: (field: string, count: number) => number,
): { steps: number[]; at: Value; step: number } | undefined {
  const field = offsetOf(call);
  if (field === undefined) return undefined;
  const { builder, context } = maker;
  const slot = builder.slot();
  const made = maker.goodArguments(fd, call, choose);
  if (!made) return undefined;
  const step = maker.call(fd, call, made.values, {
    keep: { field, slot },
    label: `${call.name} (to map it)`,
  });
  const bytes = constant(context.hello.pageSize);
  const map = mapShared(builder, 'map it', fd, slotValue(slot), bytes);
  return { steps: [...made.setup, step], ...map };
}

/** A client ends as one does that crashes: its last descriptor is in a process that is killed. */
export function die(builder: ProgramBuilder, fd: Value): number[] {
  const pid = builder.slot();
  return [
    builder.step('fork', 'fork', [], { captures: [{ slot: pid, from: 'return' }] }),
    builder.close(fd, 'leave the client to the other process'),
    builder.step('end the other process', 'kill', [slotValue(pid), constant(SIGKILL)]),
  ];
}

/** What the pieces of a watched client are about. */
export function pieceNames(context: PlanContext): string[] {
  const calls = madeCalls(context);
  const mapped = calls.filter(call => offsetOf(call) !== undefined).map(({ name }) => `${name}.mapping`);
  return [...calls.map(({ name }) => name), ...mapped, 'node'];
}

/** Every call, each in a piece of its own; the client is gone in the end. */
export function watchedClient(
  builder: ProgramBuilder,
  context: PlanContext,
  place: Place,
): { opened: number; pieces: Piece[] } {
  const maker = new CallMaker(builder, context);
  const { step, fd } = place.open('open the client that is watched');
  const pieces: Piece[] = [];
  const piece = (instance: string, play: () => readonly number[]) => {
    const first = builder.length;
    const main = play();
    pieces.push({ instance, first, end: builder.length, main });
  };
  for (const call of madeCalls(context))
    piece(call.name, () => {
      const main: number[] = [];
      for (let kind = 0; kind < kindsOf(call); kind += 1) {
        const on = maker.descriptorFor(fd, call);
        const good = on && maker.goodArguments(fd, call, pickKind(kind));
        if (good) main.push(maker.call(on.fd, call, good.values, { poison: POISON }));
      }
      return main;
    });
  for (const call of madeCalls(context))
    if (offsetOf(call) !== undefined)
      piece(`${call.name}.mapping`, () => {
        const mapped = mapNew(maker, fd, call)!;
        const content = builder.step('its content', 'checksum', [
          mapped.at,
          constant(context.hello.pageSize),
        ]);
        return [mapped.step, content];
      });
  piece('node', () => [
    builder.step('poll without an event', 'poll', [fd, constant(POLLIN), constant(0)]),
    ...(context.driver.manifest.fdinfo === true ? [place.fdinfo()] : []),
  ]);
  place.close(fd, 'close the client that is watched');
  return { opened: step, pieces };
}

export interface BusyClient {
  readonly opened: number;
  readonly fd: Value;
  /** Takes its mappings away: each keeps its descriptor open, as long as it is there. */
  unmap(): void;
}

/** A client that makes every call several times, maps, writes, and keeps all of it. */
export function busyClient(builder: ProgramBuilder, context: PlanContext): BusyClient {
  const maker = new CallMaker(builder, context);
  const { step, fd } = builder.open(context.nodePath, O_RDWR, 'open another client');
  for (const call of madeCalls(context))
    for (let count = 0; count < OBJECTS; count += 1) {
      const on = maker.descriptorFor(fd, call);
      const made = on && maker.goodArguments(fd, call, pickKind(count));
      if (made) maker.call(on.fd, call, made.values, { label: `${call.name} of another client` });
      const resource = maker.creates(call)?.resource;
      // What is given up again is no burden.
      if (resource === undefined && maker.releases(call) !== undefined) break;
    }
  const page = constant(context.hello.pageSize);
  const places: Value[] = [];
  for (const call of madeCalls(context)) {
    const mapped = mapNew(maker, fd, call);
    if (!mapped) continue;
    builder.step('write there', 'fill', [mapped.at, page, constant(POISON)]);
    places.push(mapped.at);
  }
  const unmap = () => {
    for (const at of places) builder.step('unmap it', 'munmap', [at, page]);
  };
  return { opened: step, fd, unmap };
}

const PLACED: readonly string[] = ['open', 'dup', 'mmap', 'mremap', 'eventfd', 'fork'];
/** Steps that tell of the time only. */
const TIMES: readonly string[] = ['clock', 'sleep'];

/** The steps of a piece as they are compared. */
export function watch(
  context: PlanContext,
  program: Program,
  labels: readonly string[],
  { first, end }: Piece,
): Watched[] {
  const watched: Watched[] = [];
  for (let step = first; step < end; step += 1) {
    const { op, args, patches = [] } = program.steps[step]!;
    if (TIMES.includes(op)) continue;
    const label = labels[step]!;
    if (op === 'readfile') watched.push({ step, label, shared: [], text: ownLines });
    else if (PLACED.includes(op)) watched.push({ step, label, shared: [], placed: true });
    else {
      const call = callOfStep(context.driver, program.steps[step]!);
      const argument = args[2];
      if (!call?.argument || argument?.kind !== 'address') {
        watched.push({ step, label, shared: [] });
        continue;
      }
      const { buffer } = argument;
      const { fields } = argumentLayout(context.driver, context.hello, call);
      const field = (name: string) => fields.find(({ path }) => path === name);
      const members = sharedMembers(call).flatMap(name => field(name) ?? []);
      const memory = sharedMemory(call).flatMap(name => {
        const pointer = field(name);
        const patch = patches.find(each => each.buffer === buffer && each.offset === pointer?.offset);
        return patch?.value.kind === 'address' ? [patch.value.buffer] : [];
      });
      watched.push({
        step,
        label,
        shared: [
          ...members.map(({ offset, size }) => ({ buffer, offset, size })),
          ...memory.map(each => ({ buffer: each, offset: 0, size: program.buffers[each]!.size })),
        ],
        errnos: [...sharedErrnos(call), ...(call.semantics.environmental ?? [])],
        name: (of, at) => (of === buffer ? nameOf(fields, at) : undefined),
      });
    }
  }
  return watched;
}

/** The member that has a byte. */
export function nameOf(fields: readonly FieldLayout[], at: number): string | undefined {
  return fields.find(({ offset, size }) => at >= offset && at < offset + size)?.path;
}
