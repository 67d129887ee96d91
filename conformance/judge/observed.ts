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

export function seenOf(machine: Machine, result: StepResult, memory: Observed, argument: bigint): Seen {
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
