/** What was seen of memory around one step, at the places of the model. */
import type { Machine } from '../../reference/index.ts';
import type { StepResult } from '../../schemas/index.ts';
import type { Seen } from './follower.ts';

/** Content of the buffers around one step, as far as it was seen. Made just before the model makes the step. */
export class Observed {
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
    const changed = [...this.reported.keys()];
    for (const buffer of this.machine.written.keys()) if (!this.reported.has(buffer)) changed.push(buffer);
    const there = changed.filter(buffer => buffer in this.machine.buffers);
    return there.length > 1 ? there.sort((a, b) => a - b) : there;
  }
}

/** What was seen of one step, by the addresses of the model. */
export class SeenStep implements Seen {
  readonly result: StepResult;
  readonly argument: bigint;
  private readonly machine: Machine;
  private readonly memory: Observed;

  constructor(machine: Machine, result: StepResult, memory: Observed, argument: bigint) {
    this.machine = machine;
    this.result = result;
    this.memory = memory;
    this.argument = argument;
  }

  read(address: bigint, length: number): Uint8Array | undefined {
    const index = this.bufferAt(address, length);
    return index === undefined ? undefined : this.part(this.memory.after(index), index, address, length);
  }

  readBefore(address: bigint, length: number): Uint8Array | undefined {
    const index = this.bufferAt(address, length);
    return index === undefined ? undefined : this.part(this.memory.before(index), index, address, length);
  }

  private part(bytes: Uint8Array | undefined, index: number, address: bigint, length: number) {
    const at = Number(address - this.machine.buffers[index]!.base);
    return bytes?.subarray(at, at + length);
  }

  /** The buffer that all of the bytes lie in. */
  private bufferAt(address: bigint, length: number): number | undefined {
    const { buffers } = this.machine;
    for (let index = 0; index < buffers.length; index += 1) {
      const { base, bytes } = buffers[index]!;
      if (address >= base && address + BigInt(length) <= base + BigInt(bytes.length)) return index;
    }
    return undefined;
  }
}
