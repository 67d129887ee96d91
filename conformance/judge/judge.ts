/**
 * Runs the model beside a trace and says of every step whether it ended as the description allows. The model
 * follows what the driver chose, and after every step it takes over what was really there.
 */
import {
  type CoreFaults,
  FileTree,
  Machine,
  nodeKindOf,
  nodeNames,
  type Origin,
  type StepOutcome,
} from '../../reference/index.ts';
import {
  type AbiName,
  crc32,
  type DriverDescription,
  errnoName,
  type StepResult,
  type Trace,
} from '../../schemas/index.ts';
import type { Difference } from './difference.ts';
import { Follower, type Seen, type StepJudgement } from './follower.ts';

/** What the judge knows of the machine that a trace comes from. */
export interface JudgeSetup {
  readonly driver: DriverDescription;
  readonly abi: AbiName;
  readonly pageSize: number;
  readonly params: ReadonlyMap<string, bigint | string>;
  readonly minor: number;
  readonly nodePath: string;
  readonly faults?: CoreFaults;
}

const PATH_OPS = new Set(['mknod', 'unlink']);
/** Steps that give an address, which is the machine's own. */
const PLACING = new Set(['mmap', 'mremap']);

/** Judgements of all steps of the program, those that never ran included. */
export function judge(trace: Trace, setup: JudgeSetup): StepJudgement[] {
  const follower = new Follower();
  const files = new FileTree();
  const { major } = nodeNames(nodeKindOf(setup.nodePath), setup.minor);
  files.add(setup.nodePath, { kind: 'character', major, minor: setup.minor, mode: 0 });
  let now = 0n;
  const clock = { now: () => now };
  const machine = new Machine({ ...setup, oracle: follower, files, clock }, trace.program);
  const judgements: StepJudgement[] = [];
  let lost = false;
  for (const [index, step] of trace.program.steps.entries()) {
    const result = trace.results[index];
    if (!result || lost) {
      judgements.push({ step: index, state: 'unknown', differences: [] });
      continue;
    }
    now = result.after;
    machine.prepare(step);
    const memory = new Observed(machine, result);
    if (result.status === 'deadline' || result.status === 'unkillable' || result.status === 'died') {
      lost = true;
      judgements.push({
        step: index,
        state: 'judged',
        differences: [
          { step: index, kind: 'status', expected: 'the call returns', observed: statusText(result) },
        ],
      });
      continue;
    }
    follower.begin(
      seenOf(machine, result, memory, step.op === 'ioctl' && step.args[2] ? machine.value(step.args[2]) : 0n),
    );
    const skipped = PATH_OPS.has(step.op) && result.errno !== 0;
    const outcome: StepOutcome = skipped ? { ...machine.done(-1n), open: true } : machine.run(step);
    const judgement = compare(index, machine, follower, outcome, result, memory);
    for (const buffer of memory.changed()) {
      const bytes = memory.after(buffer);
      if (bytes) machine.buffers[buffer]!.bytes.set(bytes);
    }
    if (step.op === 'mmap' && outcome.open && result.errno === 0) {
      const page = BigInt(setup.pageSize);
      const asked = step.args[1] ? machine.value(step.args[1]) : 0n;
      machine.opaque.push({ base: result.ret, length: ((asked + page - 1n) / page) * page });
    }
    const mapped = PLACING.has(step.op) && outcome.status === 'done' && !outcome.errno;
    machine.capture(step, mapped && result.errno === 0 ? outcome.ret : result.ret);
    judgements.push(judgement);
  }
  return judgements;
}

function statusText(result: StepResult): string {
  if (result.status === 'died') return `the process died by signal ${result.signal}`;
  return result.status === 'deadline'
    ? 'the call did not return in time and its process was killed'
    : 'the call did not return and its process cannot be killed';
}

/** Content of the buffers around one step, as far as it was seen. Made just before the model makes the step. */
class Observed {
  private readonly machine: Machine;
  /** Buffers of which the trace reports a change; undefined where only a checksum is known. */
  private readonly reported = new Map<number, Uint8Array | undefined>();

  constructor(machine: Machine, result: StepResult) {
    this.machine = machine;
    for (const { buffer, offset, bytes } of result.diffs) {
      if (!this.reported.has(buffer)) this.reported.set(buffer, machine.buffers[buffer]?.bytes.slice());
      this.reported.get(buffer)?.set(bytes, offset);
    }
    for (const hash of result.hashes) this.reported.set(hash.buffer, undefined);
  }

  before(buffer: number): Uint8Array {
    return this.machine.written.get(buffer) ?? this.machine.buffers[buffer]!.bytes;
  }

  after(buffer: number): Uint8Array | undefined {
    return this.reported.has(buffer) ? this.reported.get(buffer) : this.before(buffer);
  }

  /** Buffers that the driver or the model changed, in their order; all others are as they were on both sides. */
  changed(): number[] {
    return [...new Set([...this.reported.keys(), ...this.machine.written.keys()])]
      .filter(buffer => buffer in this.machine.buffers)
      .sort((a, b) => a - b);
  }
}

function seenOf(machine: Machine, result: StepResult, memory: Observed, argument: bigint): Seen {
  const reader =
    (content: (buffer: number) => Uint8Array | undefined) => (address: bigint, length: number) => {
      for (const [index, buffer] of machine.buffers.entries()) {
        const at = address - buffer.base;
        if (at < 0n || at + BigInt(length) > BigInt(buffer.bytes.length)) continue;
        return content(index)?.subarray(Number(at), Number(at) + length);
      }
      return undefined;
    };
  return {
    result,
    argument,
    read: reader(index => memory.after(index)),
    readBefore: reader(index => memory.before(index)),
  };
}

function compare(
  step: number,
  machine: Machine,
  follower: Follower,
  outcome: StepOutcome,
  result: StepResult,
  memory: Observed,
): StepJudgement {
  const call = outcome.call ? { call: outcome.call } : {};
  const differences: Difference[] = follower.differences.map(difference => ({
    ...difference,
    step,
    ...call,
  }));
  // What was wrong before the model lost its way stays wrong.
  if (outcome.open)
    return { step, ...call, state: differences.length > 0 ? 'judged' : 'followed', differences };
  const expected = outcome.errno ?? 'success';
  const observed = errnoName(result.errno);
  if (outcome.status !== result.status) {
    differences.push({
      step,
      ...call,
      kind: 'return',
      expected: outcome.status === 'fault' ? 'a fault' : 'no fault',
      observed: result.status === 'fault' ? `signal ${result.signal}` : 'no fault',
    });
  } else if (!differences.some(difference => difference.kind === 'outcome') && expected !== observed) {
    differences.push({
      step,
      ...call,
      kind: 'outcome',
      expected,
      observed,
      ...(outcome.rule ? { rule: outcome.rule } : {}),
    });
  } else if (returnMatters(machine, step, outcome, result) && outcome.ret !== result.ret) {
    differences.push({
      step,
      ...call,
      kind: 'return',
      expected: String(outcome.ret),
      observed: String(result.ret),
    });
  }
  if (!differences.some(difference => difference.kind === 'outcome'))
    differences.push(...compareMemory(step, machine, outcome, result, memory));
  return {
    step,
    ...call,
    state: 'judged',
    differences,
    ...(follower.environmental ? { environmental: follower.environmental } : {}),
    ...(follower.undecided ? { undecided: true } : {}),
  };
}

/** Addresses are the machine's own; everything else that a successful call returns is compared. */
function returnMatters(machine: Machine, step: number, outcome: StepOutcome, result: StepResult): boolean {
  return (
    outcome.errno === undefined &&
    result.errno === 0 &&
    outcome.status === 'done' &&
    !PLACING.has(machine.program.steps[step]?.op ?? '')
  );
}

function compareMemory(
  step: number,
  machine: Machine,
  outcome: StepOutcome,
  result: StepResult,
  memory: Observed,
): Difference[] {
  const differences: Difference[] = [];
  const call = outcome.call ? { call: outcome.call } : {};
  for (const index of memory.changed()) {
    const buffer = machine.buffers[index]!;
    const seen = memory.after(index);
    if (!seen) {
      const sum = result.hashes.find(hash => hash.buffer === index)?.crc32;
      const free = outcome.origins.some(origin => origin.free && overlaps(origin, buffer));
      if (sum !== undefined && !free && sum !== crc32(buffer.bytes)) {
        differences.push({
          step,
          ...call,
          kind: 'bytes',
          expected: 'the content that the description gives',
          observed: `buffer ${index} with another checksum`,
        });
      }
      continue;
    }
    for (const [from, to] of differingRuns(machine, index, buffer.bytes, seen, outcome)) {
      const address = buffer.base + BigInt(from);
      const origin = originAt(outcome.origins, address);
      const inArgument = within(outcome.argument, address);
      differences.push({
        step,
        ...call,
        kind: 'bytes',
        ...(origin ? { rule: origin.rule, field: origin.field } : {}),
        inArgument,
        expected: `${place(buffer.base, outcome, address)} ${hex(buffer.bytes.subarray(from, to))}`,
        observed: `${hex(seen.subarray(from, to))}${origin ? '' : `, which was ${hex(memory.before(index).subarray(from, to))}`}`,
      });
    }
  }
  return differences;
}

/** Runs of bytes that differ, cut where the rule that wrote them changes; bytes that a fault may have torn are left out. */
function differingRuns(
  machine: Machine,
  index: number,
  expected: Uint8Array,
  seen: Uint8Array,
  outcome: StepOutcome,
): [number, number][] {
  const runs: [number, number][] = [];
  const base = machine.buffers[index]!.base;
  for (let at = 0; at < expected.length; at += 1) {
    if (expected[at] === seen[at]) continue;
    const address = base + BigInt(at);
    if (
      outcome.torn &&
      address >= outcome.torn.address &&
      address < outcome.torn.address + outcome.torn.length
    )
      continue;
    if (originAt(outcome.origins, address)?.free) continue;
    const last = runs.at(-1);
    const sameRule =
      last && originAt(outcome.origins, base + BigInt(last[0])) === originAt(outcome.origins, address);
    if (last && last[1] === at && sameRule) last[1] = at + 1;
    else runs.push([at, at + 1]);
  }
  return runs;
}

function originAt(origins: readonly Origin[], address: bigint): Origin | undefined {
  return origins.findLast(
    origin => address >= origin.address && address < origin.address + BigInt(origin.length),
  );
}

function overlaps(origin: Origin, buffer: { base: bigint; bytes: Uint8Array }): boolean {
  return (
    origin.address < buffer.base + BigInt(buffer.bytes.length) &&
    origin.address + BigInt(origin.length) > buffer.base
  );
}

function within(range: StepOutcome['argument'], address: bigint): boolean {
  return range !== undefined && address >= range.address && address < range.address + BigInt(range.length);
}

function place(base: bigint, outcome: StepOutcome, address: bigint): string {
  if (within(outcome.argument, address)) return `argument byte ${address - outcome.argument!.address}:`;
  return `byte ${address - base} of the buffer:`;
}

function hex(bytes: Uint8Array): string {
  const shown = [...bytes.subarray(0, 16)].map(byte => byte.toString(16).padStart(2, '0')).join(' ');
  return bytes.length > 16 ? `${shown} ... (${bytes.length} bytes)` : shown;
}
