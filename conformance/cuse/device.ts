/** The reference behind a device of CUSE: takes the kernel's requests and gives answers, in the order in which calls end. */
import {
  Blocked,
  Entered,
  type Machine,
  openNode,
  type ReferenceOptions,
  releaseClients,
  type StepOutcome,
} from '../../reference/index.ts';
import {
  type AbiName,
  type CallDescription,
  type DriverDescription,
  decodeRequest,
  errnoNumber,
  walk,
} from '../../schemas/index.ts';
import { callOfRequest } from '../judge/step-call.ts';
import { ERESTARTSYS, liveMachine } from '../served/live-machine.ts';
import { CallerMemory, NeedMemory } from './caller-memory.ts';
import {
  dataAnswer,
  type IoctlRequest,
  ioctlAnswer,
  MOST_BYTES,
  MOST_PIECES,
  OPCODES,
  openAnswer,
  type Piece,
  plainAnswer,
  pollAnswer,
  pollNotice,
  type Request,
  readIoctl,
  readRequest,
  retryAnswer,
} from './frames.ts';
import { Handles, Uncarried } from './handles.ts';
import { joined, merged, samePieces } from './pieces.ts';

/** A place that no caller has, for what a read gives. */
const WINDOW = 1n << 40n;
const SCHEDULE_NOTIFY = 1;
/** How often somebody who polls is looked after, in ns. */
const POLL_NS = 2_000_000n;
const MAKES_DESCRIPTOR = 'it makes a descriptor in the caller, which cannot be done from outside of it';

/** A call that is under way: pieces of memory come in until it can be done, or it sleeps. */
interface Call {
  request: Request;
  readonly kind: 'ioctl' | 'read';
  readonly fh: bigint;
  readonly args: readonly bigint[];
  /** Pieces of the caller's memory that are here or have been asked for. */
  pieces: Piece[];
  data: Uint8Array;
  /** Room that the last answer asked for. */
  room: Piece[];
  entered: Entered;
  readonly began: bigint;
  until?: bigint | undefined;
  /** The call is over, and waits for room in the caller. */
  over?: { readonly result: number; readonly data: Uint8Array };
}

interface Poll {
  readonly fh: bigint;
  readonly events: bigint;
}

export interface CuseOptions extends ReferenceOptions {
  readonly minor: number;
  readonly abi: AbiName;
  /** Time in ns. */
  readonly now: () => bigint;
  /** Takes an answer to the kernel. */
  readonly send: (bytes: Uint8Array) => void;
  /** Takes a sentence about a call that cannot be carried. */
  readonly warn: (sentence: string) => void;
  /** Effective capabilities of a thread. */
  readonly capabilities?: (pid: number) => bigint | undefined;
}

/** Calls that give their caller a descriptor. */
function makers(driver: DriverDescription): ReadonlySet<CallDescription> {
  return new Set(
    [...driver.calls.values()].filter(
      call =>
        call.request !== undefined &&
        walk(call.semantics.body).some(rule => 'set' in rule && 'descriptor' in rule.to),
    ),
  );
}

export class CuseDevice {
  private readonly options: CuseOptions;
  private readonly memory = new CallerMemory();
  private readonly handles = new Handles();
  private readonly machine: Machine;
  private readonly makers: ReadonlySet<CallDescription>;
  /** By thread: one that calls does nothing else. */
  private readonly calls = new Map<number, Call>();
  private readonly polls = new Map<bigint, Poll>();
  private began: bigint | undefined;

  constructor(options: CuseOptions) {
    this.options = options;
    const { driver, minor, abi, now } = options;
    this.makers = makers(driver);
    this.machine = liveMachine(options, {
      minor,
      abi,
      now,
      memory: this.memory,
      descriptors: this.handles,
      began: () => this.began,
      blocked: until => new Blocked(until),
    });
    this.machine.lowestDescriptor = () => this.handles.next();
    this.machine.descriptorInUse = handle => this.handles.has(handle);
  }

  /** Takes one request of the kernel. */
  take(bytes: Uint8Array): void {
    const request = readRequest(bytes);
    const { opcode, unique, body } = request;
    const { send } = this.options;
    switch (opcode) {
      case OPCODES.open:
        this.open(request);
        break;
      case OPCODES.release:
        this.handles.delete(body.getBigUint64(0, true));
        releaseClients(this.machine);
        send(plainAnswer(unique));
        break;
      case OPCODES.ioctl:
        this.ioctl(request, readIoctl(body));
        break;
      case OPCODES.read:
        this.begin(request, 'read', body.getBigUint64(0, true), [BigInt(body.getUint32(16, true))]);
        break;
      case OPCODES.write:
        // No node takes a write (drm_read has no sibling in accel_fops).
        send(plainAnswer(unique, errnoNumber('EINVAL')));
        break;
      case OPCODES.poll:
        this.poll(unique, body);
        break;
      case OPCODES.interrupt:
        this.interrupt(body.getBigUint64(0, true));
        break;
      default:
        send(plainAnswer(unique, errnoNumber('ENOSYS')));
    }
    this.wake();
  }

  /** Looks again at every call that sleeps: time has passed, or another call has changed something. */
  wake(): void {
    for (const call of [...this.calls.values()]) if (call.until !== undefined) this.look(call);
    this.notify();
  }

  /** ns until the first sleeping call is to be looked at; undefined when none sleeps. */
  rest(): bigint | undefined {
    const ends = [...this.calls.values()].flatMap(({ until }) =>
      until === undefined || until < 0n ? [] : [until],
    );
    // When an event comes, only the model knows.
    if (this.polls.size > 0) ends.push(this.options.now() + POLL_NS);
    if (ends.length === 0) return undefined;
    const left = ends.reduce((least, each) => (each < least ? each : least)) - this.options.now();
    return left > 0n ? left : 0n;
  }

  /** A caller whose rights cannot be seen has none. */
  private takeRights(pid: number): void {
    const { capabilities } = this.options;
    if (capabilities) this.machine.capabilities = capabilities(pid) ?? 0n;
  }

  private open({ unique, pid, body }: Request): void {
    this.takeRights(pid);
    const flags = BigInt(body.getUint32(0, true));
    const outcome = this.handles.open(() => openNode(this.machine, BigInt(this.options.minor), flags));
    this.options.send(
      outcome.errno ? plainAnswer(unique, errnoNumber(outcome.errno)) : openAnswer(unique, outcome.ret),
    );
  }

  private ioctl(request: Request, asked: IoctlRequest): void {
    const { data, outSize } = asked;
    // Without memory it is a new call: one that the kernel gave up in between never comes back.
    const known = data.length > 0 || outSize > 0 ? this.calls.get(request.pid) : undefined;
    if (known?.over) {
      this.calls.delete(request.pid);
      this.options.send(ioctlAnswer(request.unique, known.over.result, known.over.data));
    } else if (known) {
      known.request = request;
      known.data = data.slice();
      this.look(known);
    } else {
      this.calls.delete(request.pid);
      const why = this.uncarried(asked);
      if (why) this.options.send(this.refusal(request, asked.command, why));
      else this.begin(request, 'ioctl', asked.fh, [asked.command, asked.argument]);
    }
  }

  /** Why a call cannot be carried, as far as its number and its caller tell. */
  private uncarried({ foreign, command }: IoctlRequest): string | undefined {
    if (foreign) return 'its caller is a 32-bit program, and this device has the ABI of the machine';
    const call = callOfRequest(this.options.driver, command);
    return call && this.makers.has(call) ? MAKES_DESCRIPTOR : undefined;
  }

  private nameOf(command: bigint): string {
    return callOfRequest(this.options.driver, command)?.name ?? `ioctl 0x${command.toString(16)}`;
  }

  /** Tells of a call that cannot be carried, and ends it. */
  private refusal({ unique }: Request, command: bigint, why: string): Uint8Array {
    this.options.warn(`${this.nameOf(command)} cannot be carried by CUSE: ${why}; it fails with EOPNOTSUPP`);
    return ioctlAnswer(unique, -errnoNumber('EOPNOTSUPP'), new Uint8Array(0));
  }

  private begin(request: Request, kind: Call['kind'], fh: bigint, args: readonly bigint[]): void {
    const call: Call = {
      request,
      kind,
      fh,
      args,
      pieces: [],
      data: new Uint8Array(0),
      room: [],
      entered: new Entered(),
      began: this.options.now(),
    };
    this.calls.set(request.pid, call);
    this.look(call);
  }

  /** Tries a call; it ends, sleeps, or needs more memory of its caller. */
  private look(call: Call): void {
    const { machine, memory, handles, options } = this;
    const { request, entered } = call;
    call.until = undefined;
    this.takeRights(request.pid);
    memory.begin(call.pieces, call.data);
    handles.current = call.fh;
    this.began = call.began;
    machine.calls.running = entered;
    try {
      const outcome =
        call.kind === 'read'
          ? machine.attempt('read', [call.fh, WINDOW, call.args[0]!])
          : machine.attempt('ioctl', [call.fh, ...call.args]);
      if (outcome.status === 'deadline') throw new Blocked(-1n);
      this.gone(call);
      options.send(this.answerOf(call, outcome));
    } catch (error) {
      if (error instanceof Blocked) {
        entered.resumed = true;
        call.until = error.until;
        machine.calls.asleep.add(entered);
      } else if (error instanceof NeedMemory) this.askFor(call, error.piece);
      else if (error instanceof Uncarried) {
        this.gone(call);
        options.send(this.refusal(request, call.args[0]!, error.message));
      } else throw error;
    } finally {
      machine.calls.running = undefined;
      handles.current = undefined;
      this.began = undefined;
    }
  }

  private gone(call: Call): void {
    this.calls.delete(call.request.pid);
    this.machine.calls.asleep.delete(call.entered);
    releaseClients(this.machine);
  }

  private askFor(call: Call, piece: Piece): void {
    const pieces = [...call.pieces, piece];
    const total = pieces.reduce((sum, { length }) => sum + length, 0);
    if (total > MOST_BYTES || pieces.length > MOST_PIECES) {
      this.gone(call);
      const why = `it needs ${pieces.length} pieces with ${total} bytes of its caller's memory; the kernel brings ${MOST_PIECES} pieces and ${MOST_BYTES} bytes at most`;
      this.options.send(this.refusal(call.request, call.args[0]!, why));
      return;
    }
    call.pieces = pieces;
    const [command = 0n, argument = 0n] = call.args;
    const { direction, size } = decodeRequest(command);
    // Most calls write to their argument and nowhere else: its room is asked for at once.
    const written = direction === 'read' || direction === 'readwrite';
    call.room = written && size > 0 ? [{ base: argument, length: size }] : [];
    this.options.send(retryAnswer(call.request.unique, call.pieces, call.room));
  }

  private answerOf(call: Call, { ret, errno }: StepOutcome): Uint8Array {
    const { request } = call;
    const { unique, pid } = request;
    const result = errno ? -errnoNumber(errno) : Number(ret);
    const written = merged(this.memory.written);
    if (call.kind === 'read') {
      if (errno) return plainAnswer(unique, errnoNumber(errno));
      return dataAnswer(unique, written[0]?.bytes.subarray(0, result) ?? new Uint8Array(0));
    }
    const data = joined(written);
    const room = written.map(({ base, bytes }) => ({ base, length: bytes.length }));
    if (room.length === 0 || samePieces(room, call.room)) return ioctlAnswer(unique, result, data);
    if (data.length > MOST_BYTES || room.length > MOST_PIECES)
      return this.refusal(
        request,
        call.args[0]!,
        `it writes ${room.length} pieces with ${data.length} bytes; the kernel takes ${MOST_PIECES} pieces and ${MOST_BYTES} bytes at most`,
      );
    // Done, and never again: the kernel is asked for room only.
    this.calls.set(pid, { ...call, over: { result, data }, until: undefined });
    return retryAnswer(unique, [], room);
  }

  /** A signal has come for a call that sleeps: the kernel begins it again, or ends it with EINTR, as the signal asks. */
  private interrupt(unique: bigint): void {
    const call = [...this.calls.values()].find(({ request }) => request.unique === unique);
    if (!call || call.until === undefined) return;
    this.gone(call);
    const { send } = this.options;
    if (call.kind === 'read') send(plainAnswer(unique, errnoNumber('EINTR')));
    else send(ioctlAnswer(unique, -ERESTARTSYS, new Uint8Array(0)));
  }

  private events({ fh, events }: Poll): number {
    this.handles.current = fh;
    try {
      return Number(this.machine.attempt('poll', [fh, events, 0n]).ret);
    } finally {
      this.handles.current = undefined;
    }
  }

  private poll(unique: bigint, body: DataView): void {
    const kernelHandle = body.getBigUint64(8, true);
    const poll = { fh: body.getBigUint64(0, true), events: BigInt(body.getUint32(20, true)) };
    const ready = this.events(poll);
    if (ready === 0 && (body.getUint32(16, true) & SCHEDULE_NOTIFY) !== 0) this.polls.set(kernelHandle, poll);
    this.options.send(pollAnswer(unique, ready < 0 ? 0 : ready));
  }

  private notify(): void {
    for (const [kernelHandle, poll] of [...this.polls]) {
      const gone = !this.handles.has(poll.fh);
      if (!gone && this.events(poll) <= 0) continue;
      this.polls.delete(kernelHandle);
      if (!gone) this.options.send(pollNotice(kernelHandle));
    }
  }
}
