/** Builds programs: buffers, slots and steps, each step with a label that a report can print. */
import type {
  Access,
  Buffer,
  Capture,
  Fill,
  Op,
  Program,
  Relocation,
  Step,
  Value,
} from '../../schemas/index.ts';

/** A call that only looks a few things up and returns. Emulated machines take milliseconds; a second is a hang. */
export const STEP_DEADLINE_MS = 5000;

export const constant = (value: bigint | number): Value => ({ kind: 'const', value: BigInt(value) });
export const slotValue = (slot: number): Value => ({ kind: 'slot', slot });
export const addressOf = (buffer: number, offset: bigint | number = 0): Value => ({
  kind: 'address',
  buffer,
  offset: BigInt(offset),
});

export interface StepOptions {
  readonly fills?: readonly Fill[];
  readonly patches?: readonly Relocation[];
  readonly captures?: readonly Capture[];
  /** Milliseconds; STEP_DEADLINE_MS without it. */
  readonly deadline?: number;
}

export class ProgramBuilder {
  private readonly buffers: Buffer[] = [];
  private readonly steps: Step[] = [];
  readonly labels: string[] = [];
  private slots = 0;
  private readonly paths = new Map<string, number>();

  buffer(
    size: number,
    options: { data?: Uint8Array; access?: Access; align?: 'start' | 'end' } = {},
  ): number {
    this.buffers.push({
      size,
      data: options.data ?? new Uint8Array(0),
      access: options.access ?? 'readwrite',
      align: options.align ?? 'end',
    });
    return this.buffers.length - 1;
  }

  /** A buffer that holds a NUL-terminated path; the same path shares one. */
  path(text: string): Value {
    let buffer = this.paths.get(text);
    if (buffer === undefined) {
      const data = new TextEncoder().encode(`${text}\0`);
      buffer = this.buffer(data.length, { data });
      this.paths.set(text, buffer);
    }
    return addressOf(buffer);
  }

  slot(): number {
    this.slots += 1;
    return this.slots - 1;
  }

  step(label: string, op: Op, args: readonly Value[], options: StepOptions = {}): number {
    this.steps.push({ op, args, deadline: STEP_DEADLINE_MS, ...options });
    this.labels.push(label);
    return this.steps.length - 1;
  }

  /** Opens a path; gives the step and the descriptor. */
  open(path: string, flags: bigint | number, label = `open ${path}`): { step: number; fd: Value } {
    const slot = this.slot();
    const step = this.step(label, 'open', [this.path(path), constant(flags), constant(0)], {
      captures: [{ slot, from: 'return' }],
    });
    return { step, fd: slotValue(slot) };
  }

  /** Steps that run side by side: each lane adds its own. Gives the step that begins them. */
  parallel(label: string, lanes: readonly (() => void)[], offsets: readonly number[] = []): number {
    const at = this.step(label, 'parallel', []);
    const counts = lanes.map(lane => {
      const before = this.length;
      lane();
      return this.length - before;
    });
    const three = (numbers: readonly number[]) => [0, 1, 2].map(index => constant(numbers[index] ?? 0));
    this.steps[at] = { ...this.steps[at]!, args: [...three(counts), ...three(offsets)] };
    return at;
  }

  close(fd: Value, label = 'close'): number {
    return this.step(label, 'close', [fd]);
  }

  sizeOf(buffer: number): number {
    return this.buffers[buffer]!.size;
  }

  /** Whether anything can be stored in a buffer before a step. */
  fillable(buffer: number): boolean {
    return this.buffers[buffer]!.access !== 'hole';
  }

  /** The slot that was asked for last. */
  get lastSlot(): number {
    return this.slots - 1;
  }

  get length(): number {
    return this.steps.length;
  }

  build(): Program {
    return { buffers: this.buffers, slots: this.slots, steps: this.steps };
  }
}
