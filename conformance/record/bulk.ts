/** One buffer with all that is copied into mappings: the same bytes stand in it once. */
import { createHash } from 'node:crypto';
import type { Buffer, Value } from '../../schemas/index.ts';

export class Bulk {
  private readonly buffers: Buffer[];
  private readonly parts: Uint8Array[] = [];
  private readonly places = new Map<string, number>();
  private index = -1;
  size = 0;

  /** @param buffers those of the program, to which one is added when it is needed */
  constructor(buffers: Buffer[]) {
    this.buffers = buffers;
  }

  /** Where the bytes will be. */
  place(bytes: Uint8Array): Value {
    if (this.index < 0)
      this.index =
        this.buffers.push({ size: 1, data: new Uint8Array(0), access: 'read', align: 'start' }) - 1;
    const name = createHash('sha256').update(bytes).digest('hex');
    let at = this.places.get(name);
    if (at === undefined) {
      at = this.size;
      this.places.set(name, at);
      this.parts.push(bytes);
      this.size += bytes.length;
    }
    return { kind: 'address', buffer: this.index, offset: BigInt(at) };
  }

  finish(): void {
    if (this.index < 0) return;
    const data = new Uint8Array(this.size);
    let at = 0;
    for (const part of this.parts) {
      data.set(part, at);
      at += part.length;
    }
    this.buffers[this.index] = { size: this.size, data, access: 'read', align: 'start' };
  }
}
