/**
 * Where two runs of one program part. Nothing is judged: what one target does is held against what the other does.
 * A number that a program captures is a name (a handle, a descriptor, an offset): only whether there is one counts.
 */
import {
  type AbiName,
  type DriverDescription,
  errnoName,
  layoutOf,
  type Op,
  protocol,
  recordLayout,
  type Step,
  type StepResult,
  type Trace,
} from '../../schemas/index.ts';
import { callOfStep } from '../judge/step-call.ts';
import { changed, load, pathOf, Replayed } from './replayed.ts';

export type Kind = 'errno' | 'status' | 'return' | 'output' | 'state' | 'log';
export type Direction = 'extension' | 'regression suspect' | 'other difference';

export interface Parting {
  readonly step: number;
  readonly kind: Kind;
  /** The ioctl by its macro, else the kind of step. */
  readonly call: string;
  /** What of the call differs, where it is more than how it ended. */
  readonly place?: string;
  readonly a: string;
  readonly b: string;
  readonly direction: Direction;
}

/** What makes two partings one and the same, wherever in a program they show. */
export function signature({ kind, call, place, a, b }: Parting): string {
  const how = kind === 'errno' || kind === 'status' || kind === 'log' ? `${a} ${b}` : '';
  // Which buffer and byte it was is the program's affair.
  return [kind, call, place === undefined || isOfBuffer(place) ? '' : place, how].join('|');
}

const isOfBuffer = (place: string) => place.startsWith('byte ');

/** Where a target is known to give another answer every time; `label` is that of the step. */
export interface Volatile {
  has(call: string, label: string, place: string): boolean;
}

export interface Sides {
  readonly driver: DriverDescription;
  readonly abi: AbiName;
  readonly labels: readonly string[];
  readonly volatile: Volatile;
}

/** Ops whose return value is the machine's own: an address, a time, a process number. */
const OWN: ReadonlySet<Op> = new Set(['mmap', 'mremap', 'clock', 'fork', 'holders']);
/** Ops that only look. */
const LOOKS: ReadonlySet<Op> = new Set([
  'load',
  'checksum',
  'poll',
  'stat',
  'readfile',
  'listdir',
  'readlink',
]);
/** Files of which every line belongs to the device; others tell of the machine as a whole. */
const OF_DEVICE = /^\/sys\/|\/fdinfo\//;
/** From here on a `file_status` tells of the file system that the node lies in. */
const OF_FILE_SYSTEM = recordLayout(protocol, 'file_status').fields.find(
  ({ name }) => name === 'dev_major',
)!.offset;
/** What fdinfo says of any descriptor and no driver decides: fs/proc/fd.c:64. */
const OF_MACHINE = new Set(['mnt_id', 'ino', 'drm-client-id']);

function callName(driver: DriverDescription, step: Step): string {
  const call = callOfStep(driver, step);
  if (call) return call.name;
  const request = step.op === 'ioctl' ? step.args[1] : undefined;
  return request?.kind === 'const' ? `ioctl 0x${BigInt.asUintN(32, request.value).toString(16)}` : step.op;
}

export function directionOf(refusedA: boolean, refusedB: boolean): Direction {
  if (refusedA === refusedB) return 'other difference';
  return refusedA ? 'extension' : 'regression suspect';
}

/** How a step ended, apart from errno and values. */
function ending({ status, signal }: StepResult): string {
  if (status === 'fault') return `signal ${signal}`;
  if (status === 'deadline') return 'did not return in time';
  if (status === 'unkillable') return 'did not return and cannot be killed';
  return status === 'died' ? `the process died by signal ${signal}` : 'returned';
}

const isBad = ({ status }: StepResult) => status !== 'done';

/** Every step at which two runs of the same program part, the first place of each. */
export function partings(a: Trace, b: Trace, sides: Sides): Parting[] {
  const [left, right] = [new Replayed(a), new Replayed(b)];
  const found: Parting[] = [];
  for (let index = 0; index < a.program.steps.length; index += 1) {
    const [ra, rb] = [left.step(index), right.step(index)];
    // A run ends early at a step that did not return, which has been told.
    if (!ra || !rb) break;
    const step = a.program.steps[index]!;
    const at = new StepPair(step, index, sides, { left, right, ra, rb, trace: a });
    const parting = at.parting();
    if (parting) found.push(parting);
  }
  return found;
}

interface Both {
  readonly left: Replayed;
  readonly right: Replayed;
  readonly ra: StepResult;
  readonly rb: StepResult;
  readonly trace: Trace;
}

class StepPair {
  private readonly step: Step;
  private readonly index: number;
  private readonly sides: Sides;
  private readonly both: Both;
  private readonly call: string;
  private readonly label: string;

  constructor(step: Step, index: number, sides: Sides, both: Both) {
    this.step = step;
    this.index = index;
    this.sides = sides;
    this.both = both;
    this.call = callName(sides.driver, step);
    this.label = sides.labels[index] ?? '';
  }

  parting(): Parting | undefined {
    const { ra, rb } = this.both;
    // What the machine as a whole is like is no affair of the driver.
    if (this.step.op === 'readfile' && !OF_DEVICE.test(pathOf(this.both.trace.program, this.step)))
      return undefined;
    const [endA, endB] = [ending(ra), ending(rb)];
    if (endA !== endB) return this.tell('status', endA, endB, directionOf(isBad(ra), isBad(rb)));
    const [errnoA, errnoB] = [errnoName(ra.errno), errnoName(rb.errno)];
    if (errnoA !== errnoB)
      return this.tell('errno', errnoA, errnoB, directionOf(ra.errno !== 0, rb.errno !== 0));
    const looks = LOOKS.has(this.step.op);
    if (ra.errno === 0 && ra.ret !== rb.ret && !OWN.has(this.step.op) && !this.named(ra.ret, rb.ret, 64)) {
      // How long a text is, its lines tell better.
      if (this.step.op !== 'readfile')
        return this.tell(looks ? 'state' : 'return', String(ra.ret), String(rb.ret));
    }
    return this.step.op === 'readfile' ? this.text() : (this.hashes() ?? this.bytes(looks));
  }

  private tell(
    kind: Kind,
    a: string,
    b: string,
    direction: Direction = 'other difference',
    place?: string,
  ): Parting | undefined {
    if (this.sides.volatile.has(this.call, this.label, `${kind} ${place ?? ''}`)) return undefined;
    return { step: this.index, kind, call: this.call, ...(place ? { place } : {}), a, b, direction };
  }

  /** Whether both numbers are what the same slot holds: each side's own name for one thing. */
  private named(a: bigint, b: bigint, width: 32 | 64): boolean {
    const { left, right } = this.both;
    const [wideA, wideB] = [BigInt.asUintN(width, a), BigInt.asUintN(width, b)];
    if ((wideA === 0n) !== (wideB === 0n)) return false;
    const fits = (slot: bigint, value: bigint) => BigInt.asUintN(width, slot) === value;
    return left.slots.some((slot, at) => fits(slot, wideA) && fits(right.slots[at]!, wideB));
  }

  private hashes(): Parting | undefined {
    const { ra, rb } = this.both;
    for (const { buffer, crc32 } of ra.hashes) {
      const other = rb.hashes.find(hash => hash.buffer === buffer);
      if (other && other.crc32 !== crc32)
        return this.tell('output', `checksum ${crc32.toString(16)}`, `checksum ${other.crc32.toString(16)}`);
    }
    if (ra.hashes.length !== rb.hashes.length)
      return this.tell('output', `${ra.hashes.length} large buffers written`, `${rb.hashes.length} of them`);
    return undefined;
  }

  private bytes(looks: boolean): Parting | undefined {
    const { left, right, ra, rb } = this.both;
    for (const { buffer, from, to } of changed(ra, rb)) {
      const [a, b] = [left.memory[buffer], right.memory[buffer]];
      if (!a || !b) continue;
      const end = this.step.op === 'stat' ? Math.min(to, OF_FILE_SYSTEM) : to;
      for (let at = from; at < end; at += 1) {
        if (a[at] === b[at] || this.isName(a, b, at)) continue;
        const place = this.placeOf(buffer, at);
        const last = Math.min(place.end, a.length);
        const found = this.tell(
          looks ? 'state' : 'output',
          hex(a.subarray(place.start, last)),
          hex(b.subarray(place.start, last)),
          'other difference',
          place.name,
        );
        if (found) return found;
        at = last - 1;
      }
    }
    return undefined;
  }

  /** Whether the byte belongs to a number that is a name. */
  private isName(a: Uint8Array, b: Uint8Array, at: number): boolean {
    return ([8, 4] as const).some(width => {
      const start = at - (at % width);
      return (
        start + width <= a.length &&
        this.named(load(a, start, width), load(b, start, width), width === 8 ? 64 : 32)
      );
    });
  }

  /** The member of the argument that a byte belongs to, else the byte's place. */
  private placeOf(buffer: number, at: number): { name: string; start: number; end: number } {
    const argument = this.step.op === 'ioctl' ? this.step.args[2] : undefined;
    const base = argument?.kind === 'address' && argument.buffer === buffer ? argument.offset : undefined;
    if (base === undefined) return { name: `byte ${at} of buffer ${buffer}`, start: at, end: at + 1 };
    const first = Number(base);
    const struct = callOfStep(this.sides.driver, this.step)?.argument;
    const { driver, abi } = this.sides;
    // The fields of a struct follow it, so that the last one that holds the byte is the innermost.
    const field = (struct === undefined ? [] : layoutOf(driver.types, struct, abi).fields).findLast(
      ({ offset, size }) => at - first >= offset && at - first < offset + size,
    );
    return field
      ? { name: field.path, start: first + field.offset, end: first + field.offset + field.size }
      : { name: `argument byte ${at - first}`, start: at, end: at + 1 };
  }

  /** The first line of a file of the device that is another one, by its key. */
  private text(): Parting | undefined {
    const path = pathOf(this.both.trace.program, this.step);
    const { left, right, ra, rb } = this.both;
    if (ra.errno !== 0) return undefined;
    const target = this.step.args[1];
    if (target?.kind !== 'address') return undefined;
    const lines = (side: Replayed, { ret }: StepResult) =>
      keyed(new TextDecoder().decode(side.memory[target.buffer]!.subarray(0, Number(ret))));
    const [a, b] = [lines(left, ra), lines(right, rb)];
    for (const key of new Set([...a.keys(), ...b.keys()])) {
      const [was, is] = [a.get(key) ?? 'absent', b.get(key) ?? 'absent'];
      if (was === is || OF_MACHINE.has(key)) continue;
      const found = this.tell('state', was, is, 'other difference', `${path} ${key}`);
      if (found) return found;
    }
    return undefined;
  }
}

/** Lines by what stands before their colon or `=`, else by their number. */
function keyed(text: string): Map<string, string> {
  const lines = text.split('\n').filter(line => line !== '');
  return new Map(
    lines.map((line, at) => {
      const match = /^([A-Za-z][^\s:=]*)[:=]\s*(.*)$/.exec(line);
      return match ? [match[1]!, match[2]!] : [`line ${at + 1}`, line];
    }),
  );
}

const SHOWN = 16;

function hex(bytes: Uint8Array): string {
  const [size] = [bytes.length];
  if (size === 1 || size === 2 || size === 4 || size === 8) {
    const value = load(bytes, 0, size);
    return value > 0xffffn ? `0x${value.toString(16)}` : String(value);
  }
  const shown = [...bytes.subarray(0, SHOWN)].map(byte => byte.toString(16).padStart(2, '0')).join(' ');
  return size > SHOWN ? `${shown} ... (${size} bytes)` : shown;
}
