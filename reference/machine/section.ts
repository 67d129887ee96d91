/**
 * Steps in lanes, one call at a time: lanes begin at their offsets, and of those that can go on the one whose time
 * comes first does. A call that would sleep is given up before it has done anything, and looked at again after every
 * step of another lane and when its time has come. So the offsets choose the order of the calls.
 */
import { errnoNumber, type Lane, type Op, type Section } from '../../schemas/index.ts';
import { releaseClients } from './clients.ts';
import { Entered } from './entered.ts';
import type { Machine, StepOutcome } from './machine.ts';

/** A call would sleep: no error, but the way back to whoever runs the lanes. */
export class Blocked extends Error {
  override name = 'Blocked';
  readonly until: bigint;
  constructor(until: bigint) {
    super('the call sleeps');
    this.until = until;
  }
}

/** The clock that lanes and the calls in them share, in ns. */
export interface LaneClock {
  time: bigint;
  /** How much later than it is the running call must think that it began: for a fault. */
  shift: bigint;
  /** When the running call began. */
  began: bigint | undefined;
  /** Calls that sleep throw Blocked. */
  blocking: boolean;
}

/** Tells of a step that has ended. */
export type Ended = (step: number, outcome: StepOutcome, before: bigint, after: bigint) => void;

const NS_PER_US = 1000n;
const NS_PER_MS = 1_000_000n;
const SIGKILL = 9;
/** Calls that are never restarted, whatever the handler was installed with (signal(7)). */
const NOT_RESTARTED: ReadonlySet<Op> = new Set(['poll']);
/** SIGKILL, SIGSTOP, SIGBUS, SIGSEGV, and what C libraries keep for themselves. */
const NO_SIGNALS: readonly bigint[] = [9n, 19n, 7n, 11n, 32n, 33n];
const MOST_SIGNAL = 64n;
const ARGUMENT = 2;

interface Running extends Lane {
  readonly number: number;
  /** The step that comes next or is blocked. */
  step: number;
  /** When it begins. */
  at: bigint;
  began: bigint;
  blocked: boolean;
  /** When a blocked step is to be looked at, whatever others do; undefined for never. */
  until: bigint | undefined;
  /** Nothing ends it any more. */
  stuck: boolean;
  shift: bigint;
  /** What its call has found. */
  entered: Entered;
}

export class SectionRun {
  private readonly machine: Machine;
  private readonly clock: LaneClock;
  private readonly tick: bigint;
  private readonly ended: Ended;
  private readonly lanes: readonly Running[];
  /** Lanes that are within a call that has let others in. */
  private readonly inside = new Set<Running>();

  constructor(machine: Machine, section: Section, clock: LaneClock, tick: bigint, ended: Ended) {
    this.machine = machine;
    this.clock = clock;
    this.tick = tick;
    this.ended = ended;
    this.lanes = section.lanes.map((lane, number) => {
      const at = clock.time + lane.offset * NS_PER_US;
      const idle = {
        began: at,
        blocked: false,
        until: undefined,
        stuck: false,
        shift: 0n,
        entered: new Entered(),
      };
      return { ...lane, ...idle, number, step: lane.first, at };
    });
  }

  /** Runs all lanes to their end; false when one never ends. */
  run(): boolean {
    const { clock, machine } = this;
    clock.blocking = true;
    try {
      for (let next = this.next(); next; next = this.next()) {
        if (clock.time < next.time) clock.time = next.time;
        this.go(next.lane);
      }
    } finally {
      clock.blocking = false;
      machine.letOthersIn = undefined;
    }
    const left = this.lanes.filter(({ step, end }) => step < end);
    if (left.length === 0) {
      clock.time = this.lanes.reduce((last, { at }) => (at > last ? at : last), clock.time);
      return true;
    }
    this.cut(left);
    return false;
  }

  /** The lane that goes on next, and when. */
  private next(): { lane: Running; time: bigint } | undefined {
    let found: { lane: Running; time: bigint } | undefined;
    for (const lane of this.lanes) {
      const time = this.timeOf(lane);
      if (time !== undefined && (!found || time < found.time)) found = { lane, time };
    }
    return found;
  }

  private timeOf(lane: Running): bigint | undefined {
    if (lane.step >= lane.end || this.inside.has(lane)) return undefined;
    return lane.blocked ? lane.until : lane.at + this.tick;
  }

  /** Runs the step of a lane, or looks at it because its time has come. */
  private go(lane: Running): void {
    const { machine } = this;
    const step = machine.program.steps[lane.step]!;
    if (lane.blocked && machine.faults.wait === 'misses' && step.op === 'ioctl') {
      machine.begin(lane.step);
      this.end(lane, machine.fail('ETIME'));
      return;
    }
    if (!lane.blocked) {
      machine.prepare(step, lane.step);
      lane.began = lane.at;
      lane.entered = new Entered();
    }
    if (!this.again(lane)) this.look(lane);
  }

  /** Runs a prepared step once more from its start; false when it sleeps. */
  private again(lane: Running): boolean {
    const { machine, clock } = this;
    machine.begin(lane.step);
    lane.blocked = false;
    clock.began = lane.began;
    clock.shift = lane.shift;
    machine.letOthersIn = () => this.letOthersIn(lane);
    machine.calls.running = lane.entered;
    const outcome = this.attempt(lane);
    machine.calls.running = undefined;
    clock.began = undefined;
    clock.shift = 0n;
    if (outcome) this.end(lane, outcome);
    return outcome !== undefined;
  }

  /** The outcome of the step; undefined when it sleeps. */
  private attempt(lane: Running): StepOutcome | undefined {
    const { machine } = this;
    const step = machine.program.steps[lane.step]!;
    try {
      const outcome = step.op === 'signal' ? this.signal(lane) : machine.run(step);
      if (outcome.status !== 'deadline') return outcome;
      lane.until = undefined;
      // What sleeps until another lane does something is open; what never returns is not.
      lane.stuck = !outcome.open;
    } catch (error) {
      if (!(error instanceof Blocked)) throw error;
      lane.until = error.until + lane.shift;
    }
    lane.blocked = true;
    lane.entered.resumed = true;
    machine.calls.asleep.add(lane.entered);
    return undefined;
  }

  private end(lane: Running, outcome: StepOutcome): void {
    const { machine, clock, tick } = this;
    const number = lane.step;
    const after = clock.time + tick;
    this.ended(number, outcome, lane.began, after);
    machine.capture(machine.program.steps[number]!, outcome.ret);
    Object.assign(lane, { step: number + 1, at: after, blocked: false, until: undefined, shift: 0n });
    // What the sleep held goes now.
    if (machine.calls.asleep.delete(lane.entered)) releaseClients(machine);
    this.look(lane);
  }

  /** What a lane did may have ended the sleep of others. */
  private look(by: Running): void {
    if (this.machine.faults.wait === 'misses') return;
    for (const lane of this.lanes) {
      const sleeps = lane.blocked && lane.step < lane.end && !lane.stuck && !this.inside.has(lane);
      if (lane === by || !sleeps) continue;
      // Its end has made the same look.
      if (this.again(lane)) return;
    }
  }

  /** The calls of other lanes that begin before the running one is over happen in its middle, and what follows at once. */
  private letOthersIn(lane: Running): void {
    const { machine, clock, tick } = this;
    const [number, written] = [machine.step, new Map(machine.written)];
    const { began, shift } = clock;
    const entered = machine.calls.running;
    this.inside.add(lane);
    for (let next = this.next(); next && next.time <= clock.time + 2n * tick; next = this.next()) {
      if (next.lane.blocked) break;
      this.go(next.lane);
    }
    this.inside.delete(lane);
    machine.begin(number);
    for (const [buffer, content] of written) machine.written.set(buffer, content);
    Object.assign(clock, { began, shift });
    machine.calls.running = entered;
    machine.letOthersIn = () => this.letOthersIn(lane);
  }

  /** The op signal. */
  private signal(lane: Running): StepOutcome {
    const { machine, clock } = this;
    const [target, number, restart, limit] = machine.program.steps[lane.step]!.args.map(arg =>
      machine.value(arg),
    ) as [bigint, bigint, bigint, bigint];
    if (number < 1n || number > MOST_SIGNAL || NO_SIGNALS.includes(number)) return machine.fail('EINVAL');
    const other = this.lanes[Number(target)]!;
    if (other.step >= other.end) return machine.fail('ESRCH');
    if (!other.blocked) {
      const until = lane.began + limit * NS_PER_MS;
      if (until > clock.time) throw new Blocked(until);
      return machine.done(0n);
    }
    this.interrupt(other, restart === 1n);
    machine.begin(lane.step);
    return machine.done(1n);
  }

  private interrupt(lane: Running, restart: boolean): void {
    const { machine, clock } = this;
    const fault = machine.faults.wait;
    const step = machine.program.steps[lane.step]!;
    // The executor sleeps on.
    if (step.op === 'sleep' || step.op === 'signal' || lane.stuck || fault === 'ignores-signals') return;
    if (step.op === 'read' && fault === 'deaf-reads') return;
    const restarted = !NOT_RESTARTED.has(step.op) || fault === 'restarts-polls';
    if (restart && restarted && fault !== 'never-restarts') {
      if (fault === 'starts-anew') lane.shift += clock.time - lane.began;
      // The call is made again from its start, and finds what there is now.
      machine.calls.asleep.delete(lane.entered);
      lane.entered = new Entered();
      this.again(lane);
      return;
    }
    machine.begin(lane.step);
    const argument = step.args[ARGUMENT];
    if (fault === 'scribbles' && step.op === 'ioctl' && argument)
      machine.memory.write(machine.value(argument), new Uint8Array(1).fill(errnoNumber('EINTR')));
    if (step.op === 'read' && fault === 'eats')
      for (const file of lane.entered.files) machine.calls.eaten.add(file);
    this.end(lane, machine.fail('EINTR'));
  }

  /** The lane whose deadline passes first ends by it, and takes the others along. */
  private cut(left: readonly Running[]): void {
    const { machine, clock } = this;
    const deadline = ({ step, began }: Running) =>
      began + BigInt(machine.program.steps[step]!.deadline) * NS_PER_MS;
    const first = left.reduce((a, b) => (deadline(b) < deadline(a) ? b : a));
    if (clock.time < deadline(first)) clock.time = deadline(first);
    for (const lane of left)
      for (let number = lane.step; number < lane.end; number += 1) {
        machine.begin(number);
        const status = lane === first && number === first.step ? 'deadline' : 'died';
        const outcome = { ...machine.done(-1n), status, signal: SIGKILL, open: true } as const;
        this.ended(number, outcome, lane.began, clock.time);
      }
  }
}
