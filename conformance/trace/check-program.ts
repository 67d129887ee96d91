/** What the schema of a trace cannot say: every number of a program leads to something that the program has. */
import {
  type DataPath,
  protocol,
  refuse,
  type TraceFile,
  type TraceStep,
  type TraceValue,
} from '../../schemas/index.ts';

/** Arguments of each op. */
const OPS: ReadonlyMap<string, number> = new Map(
  protocol.ops.map(op => [op.op.replace(/^PROTO_OP_/, '').toLowerCase(), op.arguments.length]),
);

/** More memory or slots than this is nothing that a run of this kit wrote. */
const MOST_MEMORY = 1 << 28;
const MOST_SLOTS = 1 << 16;

class ProgramChecker {
  private readonly program: TraceFile['program'];
  private readonly path: string;

  constructor(program: TraceFile['program'], path: string) {
    this.program = program;
    this.path = path;
  }

  check(): void {
    const { buffers, slots, steps } = this.program;
    if (slots > MOST_SLOTS) this.fail(['slots'], `there are ${slots} slots, expected at most ${MOST_SLOTS}`);
    let memory = 0;
    for (const [index, { size, data }] of buffers.entries()) {
      const at = ['buffers', index];
      memory += size;
      if (memory > MOST_MEMORY)
        this.fail([...at, 'size'], `the buffers have more than ${MOST_MEMORY} bytes; expected fewer`);
      if (data.length / 2 > size)
        this.fail([...at, 'data'], `there are ${data.length / 2} bytes for a buffer of ${size}`);
    }
    for (const [index, step] of steps.entries()) this.step(step, ['steps', index]);
  }

  private fail(at: DataPath, sentence: string): never {
    return refuse(this.path, ['program', ...at], sentence);
  }

  private step(step: TraceStep, at: DataPath): void {
    const wanted = OPS.get(step.op);
    if (wanted === undefined)
      this.fail([...at, 'op'], `this kit does not know the op ${step.op}; use a newer one`);
    if (step.args.length !== wanted)
      this.fail([...at, 'args'], `${step.op} has ${step.args.length} arguments, expected ${wanted}`);
    for (const [index, value] of step.args.entries()) this.value(value, [...at, 'args', index]);
    for (const [index, fill] of (step.fills ?? []).entries())
      this.range(fill.buffer, fill.offset, fill.bytes.length / 2, [...at, 'fills', index]);
    for (const [index, patch] of (step.patches ?? []).entries()) {
      this.range(patch.buffer, patch.offset, patch.width, [...at, 'patches', index]);
      this.value(patch.value, [...at, 'patches', index, 'value']);
    }
    for (const [index, { slot, buffer, offset, width }] of (step.captures ?? []).entries()) {
      const place = [...at, 'captures', index];
      this.slot(slot, place);
      const given = [buffer, offset, width].filter(part => part !== undefined).length;
      if (given !== 0 && given !== 3)
        this.fail(
          place,
          'a capture needs buffer, offset and width, or none of them for what the step returns',
        );
      if (buffer !== undefined) this.range(buffer, offset!, width!, place);
    }
  }

  private value(value: TraceValue, at: DataPath): void {
    if ('slot' in value) this.slot(value.slot, at);
    if ('buffer' in value) this.buffer(value.buffer, at);
    for (const [name, text] of Object.entries(value))
      if (typeof text === 'string' && (BigInt(text) >= 1n << 64n || BigInt(text) < -(1n << 63n)))
        this.fail([...at, name], `${text} does not fit in 64 bits`);
    if ('shift' in value && value.shift !== undefined && (value.shift < 0 || value.shift > 63))
      this.fail([...at, 'shift'], `a shift of ${value.shift} bits; expected 0 to 63`);
  }

  private slot(slot: number, at: DataPath): void {
    if (slot >= this.program.slots)
      this.fail([...at, 'slot'], `there is no slot ${slot}; the program has ${this.program.slots}`);
  }

  private buffer(buffer: number, at: DataPath): number {
    const size = this.program.buffers[buffer]?.size;
    if (size === undefined)
      this.fail(
        [...at, 'buffer'],
        `there is no buffer ${buffer}; the program has ${this.program.buffers.length}`,
      );
    return size;
  }

  private range(buffer: number, offset: number, length: number, at: DataPath): void {
    const size = this.buffer(buffer, at);
    if (offset + length > size)
      this.fail(
        [...at, 'offset'],
        `${length} bytes at offset ${offset} do not fit in buffer ${buffer} of ${size} bytes`,
      );
  }
}

/** Throws an InvalidData for the first part of a program that leads nowhere. */
export function checkProgram(program: TraceFile['program'], path: string): void {
  new ProgramChecker(program, path).check();
}
