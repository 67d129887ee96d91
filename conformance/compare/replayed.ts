/** Memory and slots of a program beside what was seen of a run, step by step: a description is not needed for it. */
import {
  littleEndian,
  type Program,
  type Step,
  type StepResult,
  type Trace,
  type Value,
} from '../../schemas/index.ts';

/** Bytes of a buffer, from the one to before the other. */
export interface Range {
  readonly buffer: number;
  readonly from: number;
  readonly to: number;
}

export class Replayed {
  readonly memory: Uint8Array[];
  readonly slots: bigint[];
  private readonly program: Program;
  private readonly trace: Trace;

  constructor(trace: Trace) {
    this.trace = trace;
    this.program = trace.program;
    this.memory = trace.program.buffers.map(({ size, data }) => {
      const bytes = new Uint8Array(size);
      bytes.set(data);
      return bytes;
    });
    this.slots = new Array<bigint>(trace.program.slots).fill(0n);
  }

  /** Goes on to the end of a step; undefined when it did not run. */
  step(index: number): StepResult | undefined {
    const result = this.trace.results[index];
    if (!result) return undefined;
    const step = this.program.steps[index]!;
    for (const { buffer, offset, bytes } of step.fills ?? []) this.memory[buffer]!.set(bytes, offset);
    for (const { buffer, offset, width, value } of step.patches ?? []) {
      const number = this.value(value);
      // Where the buffers lie is the executor's affair, and the same on both sides.
      if (number !== undefined) store(this.memory[buffer]!, offset, width, number);
    }
    for (const { buffer, offset, bytes } of result.diffs) this.memory[buffer]?.set(bytes, offset);
    for (const capture of step.captures ?? [])
      this.slots[capture.slot] =
        capture.from === 'return'
          ? BigInt.asUintN(64, result.ret)
          : load(this.memory[capture.buffer]!, capture.offset, capture.width);
    return result;
  }

  private value(value: Value): bigint | undefined {
    if (value.kind === 'const') return BigInt.asUintN(64, value.value);
    if (value.kind === 'address') return undefined;
    const { slot, shift = 0, mask, add = 0n } = value;
    const shifted = this.slots[slot]! >> BigInt(shift);
    return BigInt.asUintN(64, (mask === undefined ? shifted : shifted & mask) + add);
  }
}

function store(bytes: Uint8Array, offset: number, width: number, value: bigint): void {
  for (let at = 0; at < width && offset + at < bytes.length; at += 1)
    bytes[offset + at] = Number((value >> BigInt(8 * at)) & 0xffn);
}

/** A little-endian number. */
export function load(bytes: Uint8Array, offset: number, width: number): bigint {
  return littleEndian(bytes.subarray(offset, offset + width));
}

/** Where either of two results reports a change. */
export function changed(...results: readonly StepResult[]): Range[] {
  return results.flatMap(({ diffs }) =>
    diffs.map(({ buffer, offset, bytes }) => ({ buffer, from: offset, to: offset + bytes.length })),
  );
}

/** The text of a buffer that a step names, up to its NUL. */
export function pathOf(program: Program, step: Step): string {
  const [path] = step.args;
  if (path?.kind !== 'address') return '';
  return new TextDecoder().decode(program.buffers[path.buffer]?.data ?? new Uint8Array(0)).split('\0')[0]!;
}
