/**
 * What amdxdna does beyond its bodies, on a device with a queue in the kernel: the heap of a file, contexts with a
 * timeline each (drivers/accel/amdxdna/aie2_ctx.c:1115), and what it tells of the device.
 */
import type { Client, Device, KernelObject } from '../drm/objects.ts';
import type { Behaviour, Clock, Known, Scene } from '../model/scene.ts';
import { Undetermined } from '../model/unknown.ts';
import { Fence, stillPending } from '../sync/fence.ts';
import { reserve } from '../sync/reservation.ts';
import { addPoint } from '../sync/syncobj.ts';
import {
  ECANCELED,
  endJobs,
  forgetJobs,
  type JobMood,
  nextMood,
  type ScheduledJob,
  setError,
  WRITES,
} from './scheduled-jobs.ts';
import { asyncError, clocks, contextList, empty, resources, sensors, telemetry } from './xdna-answers.ts';

const CONTEXTS = 'hwctx';
const BUFFERS = 'gem_handle';
/** AMDXDNA_BO_DEV_HEAP */
const HEAP = 2n;
/** AMDXDNA_BO_DEV */
const DEV = 3n;
const SENSOR_BYTES = 168n;
/** Sensors of columns, beside the one of the power (drivers/accel/amdxdna/aie2_pci.c:780). */
const MOST_COLUMN_SENSORS = 8n;
/** DRM_AMDXDNA_SET_FORCE_PREEMPT */
const FORCE_PREEMPT = 3n;
/** AMDXDNA_INVALID_ADDR */
const ALL_ONES = 0xffff_ffff_ffff_ffffn;
const TABLE_BYTES = 8n;
const ENTRY_BYTES = 16n;
const NS_PER_MS = 1_000_000n;
/** How long the end of a context waits for its commands (drivers/accel/amdxdna/aie2_ctx.c:178). */
const IDLE_NS = 2_000_000_000n;

/** How long the simulated NPU works on a command, in ns; one that hangs is ended after two seconds (aie2_ctx.c:30). */
const JOB_NS: Readonly<Record<JobMood, bigint>> = {
  complete: 200_000n,
  late: 150_000_000n,
  fault: 510_000_000n,
  hang: 2_010_000_000n,
  lost: 2_010_000_000n,
};

interface Command extends ScheduledJob {
  readonly context: KernelObject;
  readonly seq: bigint;
}

interface State {
  hung: boolean;
  /** Every command there was: a wait may ask for one that is long over. */
  commands: Command[];
  power?: bigint;
  forced?: bigint;
  atFrames?: bigint;
}

const states = new WeakMap<Device, State>();
const heaps = new WeakMap<Client, KernelObject[]>();
const owners = new WeakMap<KernelObject, Client>();

function stateOf(device: Device): State {
  let state = states.get(device);
  if (!state) {
    state = { hung: false, commands: [] };
    states.set(device, state);
  }
  return state;
}

const heapsOf = (client: Client | undefined) => (client && heaps.get(client)) ?? [];

/** Whether device buffers can have no address: the heap is not mapped. Mappings end some time after they are undone. */
function notMapped({ client, clock, mapped }: Scene): Known {
  const all = heapsOf(client).map(heap => (mapped(heap) ? 'yes' : heap.memory ? 'once' : 'never'));
  if (all.every(each => each === 'yes')) return false;
  if (clock.sleep || all.every(each => each === 'never')) return all[0] !== 'yes';
  return { learn: () => {} };
}

/** The contexts of all files of the device. */
function contextsOf(device: Device): KernelObject[] {
  const clients = [...device.clients];
  if (clients.some(client => client.unseen.has(CONTEXTS)))
    throw new Undetermined('how many contexts there are');
  return clients.flatMap(client => [...client.table(CONTEXTS).values()]);
}

/** The lengths in a table of memory of the program, together. */
function tableBytes({ bytes }: Scene, table: bigint): bigint {
  const head = bytes(table, TABLE_BYTES);
  const count = head ? BigInt(new DataView(head.slice().buffer).getUint32(4, true)) : 0n;
  const entries = bytes(table + TABLE_BYTES, count * ENTRY_BYTES);
  if (!entries) return 0n;
  const view = new DataView(entries.slice().buffer);
  let sum = 0n;
  for (let at = 8; at < view.byteLength; at += Number(ENTRY_BYTES)) sum += view.getBigUint64(at, true);
  return sum;
}

const least = (a: bigint, b: bigint) => (a < b ? a : b);

/** A number of the timeline is taken, and what has it ends with the fence. */
function number(context: KernelObject, fence: Fence): bigint {
  const seq = context.properties.get('seq') ?? 0n;
  context.properties.set('seq', seq + 1n);
  const [timeline] = context.attached ?? [];
  addPoint(timeline!.object, fence, seq);
  return seq;
}

const commandsOf = (device: Device, context: KernelObject) =>
  stateOf(device).commands.filter(command => command.context === context);

/** The context goes: what still runs is cancelled. */
function cancel(device: Device, context: KernelObject, clock: Clock): void {
  for (const { fence } of commandsOf(device, context)) {
    if (fence.done || fence.signalled(clock) === true) continue;
    fence.endsAt = clock.now();
    fence.error = clock.sleep || fence.seenPending ? ECANCELED : undefined;
    fence.signal();
  }
}

/** What an answer is made of on the reference; what a device answers is not predicted. */
const told = ({ clock }: Scene, make: () => Uint8Array) => (clock.sleep ? make() : undefined);

export const amdxdna: Behaviour = {
  states: {
    no_heap: ({ client }) => heapsOf(client).length === 0,
    heap_not_mapped: scene => notMapped(scene),
    /** object: a buffer. One of another file, which came in as a dma-buf. */
    other_object: ({ client }, _of, bo) => {
      const owner = owners.get(bo!);
      return owner !== undefined && owner !== client;
    },
    contexts_there: ({ device }) => contextsOf(device).length > 0,
    contexts_exhausted: ({ device, param }) => BigInt(contextsOf(device).length) >= param('npu.contexts'),
    /** object: a command. The command buffer itself is not locked. */
    argument_twice: (_scene, _of, work) => {
      const buffers = (work!.attached ?? []).filter(({ as }) => as === WRITES).map(({ object }) => object);
      return new Set(buffers).size < buffers.length;
    },
    /** of: its number, how long to wait in ms, 0 for ever; object: the context. */
    command_running: ({ device, clock }, [seq, timeout], context) => {
      const found = commandsOf(device, context!).find(command => command.seq === seq);
      if (!found || found.fence.done) return false;
      const began = clock.began ?? clock.now();
      const until = began + timeout! * NS_PER_MS;
      if (timeout !== 0n)
        return clock.sleep || clock.now() >= until ? stillPending([found.fence], until, clock) : false;
      return stillPending([found.fence], 1n << 62n, clock);
    },
  },
  numbers: {
    heap_bytes: ({ client }) =>
      heapsOf(client).reduce((sum, { properties }) => sum + (properties.get('size') ?? 0n), 0n),
    /** of: the address of the table. */
    table_bytes: (scene, [table]) => tableBytes(scene, table!),
    /** of: the handle. */
    mapped_at: ({ client }, [handle]) => {
      const bo = client?.table(BUFFERS).get(handle!);
      if (!bo || bo.properties.get('kind') === DEV || owners.get(bo) !== client) return undefined;
      return bo.memory ? undefined : 0n;
    },
    /** The same as the driver has it: all ones for none. */
    mapped_at_or_ones: ({ client }, [handle]) => {
      const bo = client?.table(BUFFERS).get(handle!);
      if (!bo || bo.properties.get('kind') === DEV || owners.get(bo) !== client) return undefined;
      return bo.memory ? undefined : ALL_ONES;
    },
    column_bytes: ({ param }) => param('npu.cols') * param('npu.col_size'),
    /** of: a size, and what comes before. */
    beyond: (_scene, [size, before]) => (size! > before! ? size! - before! : 0n),
    /** of: the room. Whole sensors only. */
    sensor_bytes: ({ param }, [room]) =>
      least(room! / SENSOR_BYTES, 1n + least(param('npu.cols'), MOST_COLUMN_SENSORS)) * SENSOR_BYTES,
    /** of: the room, the bytes of an entry. */
    context_bytes: ({ device }, [room, each]) =>
      least(room! / each!, BigInt(contextsOf(device).length)) * each!,
    /** of: how many at most. */
    contexts_told: ({ device }, [most]) => least(most!, BigInt(contextsOf(device).length)),
  },
  effects: {
    jobs_end: ({ device, clock }) => endJobs(pending(device, clock), clock),
    jobs_forgotten: ({ device, clock }) => forgetJobs(pending(device, clock)),
    /** of: the type. */
    bo_made: ({ client }, [type], [bo]) => {
      owners.set(bo!, client!);
      if (type === HEAP) heaps.set(client!, [...heapsOf(client), bo!]);
    },
    context_made: () => {},
    /** objects: the context, the command with its buffers. */
    run_command: ({ device, clock, client }, _of, [context, work]) => {
      const state = stateOf(device);
      const mood = nextMood(state, device);
      const before = commandsOf(device, context!).map(({ fence }) => fence);
      const start = before.reduce((last, { endsAt }) => (endsAt! > last ? endsAt! : last), clock.now());
      const fence = new Fence(clock.sleep ? start + JOB_NS[mood] : undefined, before);
      setError(fence, mood, clock);
      const seq = number(context!, fence);
      state.commands.push({ client: client!, object: work!, fence, context: context!, seq });
      for (const { object: bo, as } of work!.attached ?? []) if (as === WRITES) reserve(bo, fence, true);
    },
    /** objects: the context, the debug buffer. A command of the driver's own, which the call waits for. */
    context_told: ({ device, clock, client }, _of, [context, debug]) => {
      const before = commandsOf(device, context!).map(({ fence }) => fence);
      stillPending(before, 1n << 62n, clock);
      const fence = new Fence(clock.now(), before);
      fence.signal();
      const seq = number(context!, fence);
      stateOf(device).commands.push({ client: client!, object: debug!, fence, context: context!, seq });
    },
    context_gone: ({ device, clock }, _of, [context]) => {
      if (clock.sleep)
        stillPending(
          commandsOf(device, context!).map(({ fence }) => fence),
          clock.now() + IDLE_NS,
          clock,
        );
      cancel(device, context!, clock);
    },
    /** of: the mode. */
    power_set: ({ device }, [mode]) => {
      stateOf(device).power = mode!;
    },
    /** of: which of the two, on or off. */
    preempt_set: ({ device }, [which, on]) => {
      if (which === FORCE_PREEMPT) stateOf(device).forced = on!;
      else stateOf(device).atFrames = on!;
    },
  },
  writes: {
    power_mode: scene => attribute(scene, stateOf(scene.device).power),
    preempt_forced: scene => attribute(scene, stateOf(scene.device).forced),
    preempt_at_frames: scene => attribute(scene, stateOf(scene.device).atFrames),
    clocks: scene => told(scene, clocks),
    resources: scene =>
      told(scene, () => resources(scene.param('npu.contexts'), BigInt(contextsOf(scene.device).length))),
    sensors: scene => told(scene, () => sensors(Number(scene.param('npu.cols')))),
    /** of: the type that was asked for. */
    telemetry: (scene, [type]) =>
      told(scene, () => telemetry(Number(type), Number(scene.param('npu.contexts')))),
    column_status: scene => told(scene, () => empty(0)),
    columns_filled: scene => told(scene, () => empty(4)),
    /** of: the bytes of an entry. */
    context_list: (scene, [each]) =>
      told(scene, () =>
        contextList(
          [...scene.device.clients].flatMap(client => [...client.table(CONTEXTS)]),
          Number(each),
        ),
      ),
    last_error: scene => told(scene, asyncError),
    usage: scene => told(scene, () => empty(24)),
  },
  holds: (device, object, clock) =>
    [...device.clients].some(client => heapsOf(client).includes(object)) ||
    pending(device, clock).some(
      ({ object: work }) => work === object || (work.attached ?? []).some(each => each.object === object),
    ),
  closed: (device, client, clock) => {
    for (const context of client.table(CONTEXTS).values()) cancel(device, context, clock);
  },
};

/** Commands that may still run. */
const pending = (device: Device, clock: Clock): Command[] =>
  stateOf(device).commands.filter(({ fence }) => !fence.done && fence.signalled(clock) !== true);

/** One byte and padding. What was set before this program the judge does not know. */
function attribute({ clock }: Scene, value: bigint | undefined): Uint8Array | undefined {
  if (value === undefined && !clock.sleep) return undefined;
  return Uint8Array.of(Number(value ?? 0n), 0, 0, 0, 0, 0, 0, 0);
}
