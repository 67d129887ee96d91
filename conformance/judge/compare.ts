/** One step as the model has it beside what was seen. */
import type { Machine, Origin, StepOutcome } from '../../reference/index.ts';
import { crc32, errnoName, type StepResult } from '../../schemas/index.ts';
import type { Difference } from './difference.ts';
import type { Follower, StepJudgement } from './follower.ts';
import type { Observed } from './observed.ts';

/** Steps that give an address, which is the machine's own. */
export const PLACING = new Set(['mmap', 'mremap']);

type Made = { -readonly [Member in keyof StepJudgement]: StepJudgement[Member] };

export function compare(
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
  const { environmental, undecided, unmoved } = follower;
  // Every step of a run ends here: members are added one by one, which is several times as fast as spreading them.
  const judgement: Made = { step, state: 'judged', differences };
  if (outcome.call) judgement.call = outcome.call;
  if (environmental) judgement.environmental = environmental;
  if (undecided) judgement.undecided = true;
  if (unmoved.length > 0 && result.errno === 0) judgement.unmoved = unmoved;
  return judgement;
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
