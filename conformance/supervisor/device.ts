/** One machine of the model for all processes that are served: their descriptors and mappings are the kernel's. */
import {
  Blocked,
  Entered,
  type Machine,
  type ReferenceOptions,
  releaseClients,
  type StepOutcome,
} from '../../reference/index.ts';
import { type DeviceMood, errnoNumber } from '../../schemas/index.ts';
import { ERESTARTSYS, now } from '../served/live-machine.ts';
import { ServedCalls } from './calls.ts';
import type { Channel, ClientCall } from './channel.ts';
import type { ClientDescriptors, ClientMemory } from './client-memory.ts';
import { EventFiles } from './event-files.ts';
import { Jobs } from './jobs.ts';
import { ObjectMemory } from './object-memory.ts';
import { newWorld, servedMachine, type World } from './served-machine.ts';

/** So often it is looked whether a signal waits for a call that sleeps, in ns. */
const SIGNALS_NS = 5_000_000n;
const EINTR = errnoNumber('EINTR');
/** include/linux/errno.h: the kernel begins such a call again only when there is no handler. */
const ERESTARTNOHAND = 514;
/** Calls that a handler ends in any case. */
const RESTARTS_NOT: readonly string[] = ['poll', 'select'];

/** A call that sleeps. It is looked at again after every other one, and when its time has come. */
interface Asleep {
  readonly call: ClientCall;
  readonly entered: Entered;
  readonly began: bigint;
  until: bigint | undefined;
}

export class ServedDevice {
  private readonly channel: Channel;
  private readonly world: World = newWorld();
  private readonly events: EventFiles;
  private readonly jobs: Jobs;
  private readonly machine: Machine;
  private readonly memory: ClientMemory;
  private readonly descriptors: ClientDescriptors;
  private readonly calls: ServedCalls;
  private readonly asleep = new Map<bigint, Asleep>();

  constructor(options: ReferenceOptions, channel: Channel, mood: () => DeviceMood) {
    this.channel = channel;
    this.events = new EventFiles(channel);
    const contents = new ObjectMemory(channel);
    this.jobs = new Jobs(contents);
    const parts = {
      channel,
      world: this.world,
      events: this.events,
      jobs: this.jobs,
      mood,
      blocked: (until: bigint) => new Blocked(until),
    };
    ({
      machine: this.machine,
      memory: this.memory,
      descriptors: this.descriptors,
    } = servedMachine(options, parts));
    this.calls = new ServedCalls(channel, this.machine, this.world, contents, this.jobs);
  }

  /** Answers all calls until no process is left; gives the exit status of the command. */
  answer(): number {
    for (;;) {
      this.settle();
      const { gone, call, end } = this.channel.next(this.first());
      if (end !== undefined) return end;
      for (const number of gone) this.forget(number);
      const lost = this.endInterrupted();
      if (gone.length > 0 || lost) releaseClients(this.machine);
      if (call) this.look({ call, entered: new Entered(), began: now(), until: undefined });
      for (const entry of [...this.asleep.values()]) if (entry.call !== call) this.look(entry);
    }
  }

  /** What a call has signalled, and what jobs have done that it finds over, is there when it returns. */
  private settle(): void {
    const { clock } = this.machine;
    this.jobs.settle(clock);
    this.events.settle(clock, file => this.world.files.has(file));
  }

  /** When something is to be looked at again: a sleeping call, a fence that signals an eventfd, a job. */
  private first(): bigint | undefined {
    const ends = [...this.asleep.values()].flatMap(({ until }) => (until === undefined ? [] : [until]));
    if (this.asleep.size > 0) ends.push(now() + SIGNALS_NS);
    ends.push(...this.events.next(), ...this.jobs.next());
    return ends.length === 0 ? undefined : ends.reduce((least, each) => (each < least ? each : least));
  }

  /** The last descriptor and the last mapping of a file have gone. */
  private forget(number: bigint): void {
    const file = this.world.files.get(number)?.file;
    this.world.files.delete(number);
    if (file?.kind !== 'node') return;
    const left = this.world.mappings.filter(({ client }) => client !== file.client);
    this.world.mappings.splice(0, this.world.mappings.length, ...left);
  }

  /**
   * Calls of threads that have died are no longer there, and hold nothing; those for which a signal waits end. The
   * kernel begins them again, or not, as the handler asks. Where another thread may get the signal, one call ends with
   * an errno that any program may see: only the kernel may see the others, and does in a thread that gets a signal.
   */
  private endInterrupted(): boolean {
    if (this.asleep.size === 0) return false;
    const { calls } = this.machine;
    const entries = [...this.asleep.values()];
    const asked = BigUint64Array.from(entries.flatMap(({ call }) => [call.id, call.pid]));
    const { bytes } = this.channel.ask('pending', [], new Uint8Array(asked.buffer));
    let lost = false;
    let shared = false;
    for (const [at, { call, entered }] of entries.entries()) {
      const found = bytes.readBigInt64LE(16 * at);
      if (found === 0n || (found === 2n && shared)) continue;
      if (found === 2n) shared = true;
      if (found > 0n)
        this.channel.reply(
          call.id,
          0n,
          found === 2n ? EINTR : RESTARTS_NOT.includes(call.kind) ? ERESTARTNOHAND : ERESTARTSYS,
        );
      this.asleep.delete(call.id);
      calls.asleep.delete(entered);
      lost = true;
    }
    return lost;
  }

  private look(entry: Asleep): void {
    const { call, entered } = entry;
    const { calls } = this.machine;
    this.memory.caller = call;
    this.descriptors.begin(call);
    this.world.began = entry.began;
    calls.running = entered;
    try {
      const outcome = this.calls.attempt(call);
      if (outcome?.status === 'deadline') throw new Blocked(-1n);
      this.settle();
      if (outcome) this.finish(call, outcome);
      this.asleep.delete(call.id);
      calls.asleep.delete(entered);
    } catch (error) {
      if (!(error instanceof Blocked)) throw error;
      entered.resumed = true;
      entry.until = error.until < 0n ? undefined : error.until;
      this.asleep.set(call.id, entry);
      calls.asleep.add(entered);
    } finally {
      calls.running = undefined;
      this.world.began = undefined;
    }
  }

  private finish({ id }: ClientCall, outcome: StepOutcome): void {
    if (outcome.errno) this.channel.reply(id, 0n, errnoNumber(outcome.errno));
    else this.channel.reply(id, outcome.ret);
  }
}
