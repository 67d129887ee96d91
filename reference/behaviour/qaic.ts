/**
 * Who has which DMA bridge channel of a qaic device, and how it works through the queue of each: in order, while the
 * channels run beside each other (Documentation/accel/qaic/aic100.rst, DMA Bridge).
 */
import { transactionsIn } from '../../schemas/index.ts';
import type { Client, Device, KernelObject } from '../drm/objects.ts';
import type { Behaviour, Clock, Known, Scene } from '../model/scene.ts';
import { Fence, stillPending } from '../sync/fence.ts';
import { reserve } from '../sync/reservation.ts';
import { answer, answerBytes, answerCount, channelsIn, plausible } from './qaic-answer.ts';
import { ECANCELED, endJobs, type JobMood, nextMood, type ScheduledJob, setError } from './scheduled-jobs.ts';

/** How long the simulated device works on a buffer, in ns; one that hangs says nothing of its end. */
const WORK_NS: Readonly<Record<JobMood, bigint>> = {
  complete: 200_000n,
  late: 150_000_000n,
  fault: 200_000n,
  hang: 200_000n,
  lost: 200_000n,
};
/** When a strict driver gives up a buffer of which the device says nothing. */
const WATCHDOG_NS = 630_000_000n;
/** DBC_NUM (drivers/accel/qaic/qaic_drv.c:46) */
const CHANNELS = 16n;
const NS_PER_MS = 1_000_000n;
/** What the entry of PERF_STATS_BO holds behind its handle, and how long it is. */
const STATS_BYTES = 16;
const ENTRY_BYTES = 24;
const ELEMENTS_AT = 8;
/** What the reference tells: elements in the queue before, those that were added, latencies in us. */
const STATS = [0, 1, 1, 200];
/** Activations of which the device gave a channel that was not seen. */
const SOMEWHERE = -1n;

interface Job extends ScheduledJob {
  readonly channel: bigint;
  readonly mood: JobMood;
}

interface Channel {
  readonly owner: Client;
  /** Elements of its queues. */
  readonly elements: bigint;
  /** The buffers that were sliced for it. */
  readonly buffers: Set<KernelObject>;
}

interface State {
  /** A device that hangs once has done so. */
  hung: boolean;
  readonly channels: Map<bigint, Channel>;
  /** Buffers that may still be in a queue, the oldest first. */
  jobs: Job[];
}

const states = new WeakMap<Device, State>();
/** Buffers that have been in a queue. */
const executed = new WeakSet<KernelObject>();
/** Clients that got a channel whose number was not seen. */
const unsure = new WeakSet<Client>();
/** What the reference answers to the message of a client. */
const answers = new WeakMap<Client, Uint8Array>();

/** Without the work that is over. */
function settle(device: Device, clock: Clock): State {
  let state = states.get(device);
  if (!state) {
    state = { hung: false, channels: new Map(), jobs: [] };
    states.set(device, state);
  }
  state.jobs = state.jobs.filter(({ fence }) => fence.signalled(clock) !== true);
  return state;
}

/** The work of a channel ends, since its client has given it up. */
function abandon(state: State, channel: bigint, clock: Clock): void {
  for (const job of state.jobs.filter(each => each.channel === channel)) {
    job.fence.endsAt = clock.now();
    job.fence.error = clock.sleep ? ECANCELED : undefined;
    job.fence.signal();
  }
  state.jobs = state.jobs.filter(({ fence }) => !fence.done);
}

function give(state: State, owner: Client, channel: bigint, elements: bigint): void {
  state.channels.set(channel, { owner, elements, buffers: new Set() });
}

/** The highest channel that nobody has: any is right. */
function free({ channels }: State): bigint | undefined {
  for (let channel = CHANNELS - 1n; channel >= 0n; channel -= 1n) if (!channels.has(channel)) return channel;
  return undefined;
}

const messageOf = (scene: Scene, [data, length]: readonly bigint[]) =>
  scene.bytes(data!, length!) ?? new Uint8Array(0);

/** How many bytes the answer has: what the argument says afterwards, where that was seen. */
function lengthOf(scene: Scene, of: readonly bigint[]): bigint {
  const expected = BigInt(answerBytes(messageOf(scene, of)));
  const seen = of[2] === undefined ? undefined : scene.seen(of[2], 4n);
  if (!seen) return expected;
  const told = BigInt(new DataView(seen.buffer, seen.byteOffset).getUint32(0, true));
  return told === of[1] || told > 4096n ? expected : told;
}

/** Takes up the channels that a seen answer gives. */
function learnChannels(scene: Scene, state: State, of: readonly bigint[], wanted: readonly bigint[]): void {
  const client = scene.client!;
  const seen = scene.seen(of[0]!, lengthOf(scene, of));
  const given = seen ? channelsIn(seen) : [];
  for (const [index, channel] of given.entries()) {
    const owner = state.channels.get(channel)?.owner;
    if (owner === undefined || owner === client) give(state, client, channel, wanted[index] ?? SOMEWHERE);
  }
  if (given.length < wanted.length) unsure.add(client);
}

function manage(scene: Scene, of: readonly bigint[]): void {
  const { device, clock } = scene;
  const client = scene.client!;
  const state = settle(device, clock);
  const message = messageOf(scene, of);
  const wanted: bigint[] = [];
  for (const { name, members } of transactionsIn(message)) {
    if (name === 'deactivate') {
      abandon(state, members.u32(8), clock);
      state.channels.delete(members.u32(8));
    }
    if (name === 'activate') wanted.push(members.u32(8));
  }
  if (!clock.sleep) {
    learnChannels(scene, state, of, wanted);
    return;
  }
  const given = wanted.map(elements => {
    const channel = free(state);
    if (channel !== undefined) give(state, client, channel, elements);
    return channel;
  });
  answers.set(client, answer(message, given));
}

/** Whether somebody else than the client has the channel, or nobody. */
function foreign({ device, client, clock }: Scene, channel: bigint): Known {
  const state = settle(device, clock);
  const owner = state.channels.get(channel)?.owner;
  if (owner !== undefined) return owner !== client;
  if (!client || !unsure.has(client)) return true;
  return {
    learn: held => {
      if (!held) give(state, client, channel, SOMEWHERE);
    },
  };
}

const fencesOf = (state: State, bo: KernelObject) =>
  state.jobs.filter(({ object }) => object === bo).map(({ fence }) => fence);

export const qaic: Behaviour = {
  states: {
    /** of: the channel. */
    channel_of_another: (scene, [channel]) => foreign(scene, channel!),
    /** of: where the message is, its length. Each deactivation takes a channel that is the client's own. */
    deactivates_of_another: (scene, of) => {
      const gone = new Set<bigint>();
      const unknown: Exclude<Known, boolean>[] = [];
      for (const { name, members } of transactionsIn(messageOf(scene, of))) {
        if (name !== 'deactivate') continue;
        const channel = members.u32(8);
        const known = gone.has(channel) || foreign(scene, channel);
        if (known === true) return true;
        if (known !== false) unknown.push(known);
        gone.add(channel);
      }
      const learn = (held: boolean) => {
        for (const each of unknown) each.learn(held);
      };
      return unknown.length === 0 ? false : { learn };
    },
    /** of: where the message is, its length. Data that a transfer names cannot be read. */
    transfers_unreadable: (scene, of) =>
      transactionsIn(messageOf(scene, of)).some(
        ({ name, members }) => name === 'transfer' && !scene.bytes(members.u64(16), members.u64(24)),
      ),
    /** of: the channel, requests that its queue has to hold. */
    queue_shorter: ({ device, clock }, [channel, requests]) => {
      const elements = settle(device, clock).channels.get(channel!)?.elements ?? SOMEWHERE;
      return elements === SOMEWHERE ? { learn: () => {} } : elements < requests!;
    },
    /** of: where the message is, its length. The firmware refuses what the message asks for; it answers all the same. */
    device_refuses: (scene, of) => {
      const { channels } = settle(scene.device, scene.clock);
      let room = CHANNELS - BigInt(channels.size);
      for (const { name } of transactionsIn(messageOf(scene, of))) {
        if (name === 'deactivate') room += 1n;
        if (name === 'activate') room -= 1n;
        if (room < 0n) return scene.clock.sleep ? true : { learn: () => {} };
      }
      return scene.clock.sleep ? false : { learn: () => {} };
    },
    /** of: a duration in ms, and the one that 0 stands for. A buffer that is still in a queue after it. */
    queued_after: ({ device, clock }, [asked, otherwise], object) => {
      const ms = asked === 0n ? otherwise! : asked!;
      const from = clock.began ?? clock.now();
      return stillPending(fencesOf(settle(device, clock), object!), from + ms * NS_PER_MS, clock);
    },
  },
  numbers: {
    /** of: where the message is, its length, the argument. */
    answer_bytes: (scene, of) => lengthOf(scene, of),
    /** What the argument says of the answer: only the firmware knows. */
    answer_length: (scene, of) => (scene.clock.sleep ? lengthOf(scene, of) : undefined),
    answer_count: (scene, of) => (scene.clock.sleep ? BigInt(answerCount(messageOf(scene, of))) : undefined),
  },
  effects: {
    /** of: where the message is, its length, the argument. */
    manage,
    jobs_end: ({ device, clock }) => endJobs(settle(device, clock).jobs, clock),
    /** of: the channel; objects: the buffer. */
    slices_attached: ({ device, clock }, [channel], [bo]) => {
      settle(device, clock).channels.get(channel!)?.buffers.add(bo!);
    },
    slices_detached: ({ device, clock }, [channel], [bo]) => {
      settle(device, clock).channels.get(channel!)?.buffers.delete(bo!);
    },
    /** of: the channel; objects: the work, with its buffers. */
    run_job: ({ device, clock, client }, [channel], [work]) => {
      const state = settle(device, clock);
      const mood = nextMood(state, device);
      for (const { object } of work!.attached ?? []) {
        const last = state.jobs.filter(job => job.channel === channel).at(-1)?.fence;
        const start = last?.done === false ? last.endsAt : clock.now();
        const end =
          mood === 'hang' || mood === 'lost' || start === undefined ? undefined : start + WORK_NS[mood];
        const fence = new Fence(clock.sleep ? end : undefined, last ? [last] : []);
        state.jobs.push({ client: client!, object, fence, channel: channel!, mood });
        executed.add(object);
      }
    },
    /** Everybody who has a buffer is told of its work; objects: the work. */
    work_told: ({ device, clock }, _of, [work]) => {
      for (const job of settle(device, clock).jobs) {
        if (!work!.attached?.some(({ object }) => object === job.object)) continue;
        setError(job.fence, job.mood, clock);
        reserve(job.object, job.fence, true);
      }
    },
    /** What the device says nothing of is given up. */
    hung_given_up: ({ device, clock }) => {
      if (!clock.sleep) return;
      let last = clock.now();
      for (const { fence } of settle(device, clock).jobs) {
        fence.endsAt ??= last + WATCHDOG_NS;
        last = fence.endsAt;
      }
    },
  },
  writes: {
    /** of: where the message is, its length, the argument. */
    answer: (scene, of) => {
      const { client, clock, device } = scene;
      if (clock.sleep) return answers.get(client!);
      const seen = scene.seen(of[0]!, lengthOf(scene, of));
      const wrong = (channel: bigint) =>
        channel >= CHANNELS || (settle(device, clock).channels.get(channel)?.owner ?? client) !== client;
      return seen && plausible(messageOf(scene, of), seen, wrong);
    },
    /** of: where the entries are, how many. The numbers of each only the driver knows. */
    perf_stats: (scene, [data, count]) => {
      const length = count! * BigInt(ENTRY_BYTES);
      const before = scene.bytes(data!, length);
      const seen = scene.clock.sleep ? undefined : scene.seen(data!, length);
      if (!before || !(seen || scene.clock.sleep)) return undefined;
      const bytes = before.slice();
      const view = new DataView(bytes.buffer);
      for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
        if (seen) bytes.set(seen.subarray(at + 4, at + 4 + STATS_BYTES), at + 4);
        else for (const [index, number] of STATS.entries()) view.setUint32(at + 4 + 4 * index, number, true);
        const bo = scene.client?.table('gem_handle').get(BigInt(view.getUint32(at, true)));
        // Each slice that was queued took an element at least.
        if (bo && executed.has(bo) && view.getUint32(at + ELEMENTS_AT, true) === 0)
          view.setUint32(at + ELEMENTS_AT, 1, true);
      }
      return bytes;
    },
  },
  holds: (device, object, clock) => settle(device, clock).jobs.some(job => job.object === object),
  /** qaic_postclose() takes the client's channels back, and release_dbc() the slices from their buffers. */
  closed: (device, client, clock) => {
    const state = settle(device, clock);
    for (const [channel, { owner, buffers }] of state.channels) {
      if (owner !== client) continue;
      abandon(state, channel, clock);
      for (const bo of buffers) bo.properties.set('sliced', 0n);
      state.channels.delete(channel);
    }
  },
};
