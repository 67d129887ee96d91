/** Cuts a stream of chunks into frames, and says clearly what is wrong when it is no such stream. */

import { crc32 } from './crc32.ts';
import { decodePayload, type Frames, type RawFrame } from './frame.ts';
import { ProtocolError, quoted } from './protocol-error.ts';
import { readRecord } from './record.ts';

interface Header {
  readonly magic: number;
  readonly version: number;
  readonly type: number;
  readonly length: number;
  readonly crc32: number;
}

export class FrameReader {
  readonly #frames: Frames;
  readonly #peer: string;
  #chunks: Uint8Array[] = [];
  #available = 0;
  #header: Header | undefined;
  #seen = 0;

  /** `peer` names the other side in sentences, for example `the executor`. */
  constructor(frames: Frames, peer: string) {
    this.#frames = frames;
    this.#peer = peer;
  }

  /** Frames that this chunk completes; lazily, so that those before an error are still seen. */
  *push(chunk: Uint8Array): Generator<RawFrame> {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#available += chunk.length;
    for (;;) {
      if (!this.#header && !this.#readHeader()) return;
      const { type, length, crc32: expected } = this.#header!;
      if (this.#available < length) return;
      const payload = this.#take(length);
      this.#header = undefined;
      this.#seen++;
      const sum = length === 0 ? 0 : crc32(payload);
      if (sum !== expected) {
        throw new ProtocolError(
          `frame ${this.#seen} from ${this.#peer} has checksum 0x${sum.toString(16)} instead of 0x${expected.toString(16)}; something changes bytes on the way (a terminal, a text-mode channel?)`,
        );
      }
      yield decodePayload(this.#frames, type, payload, this.#peer);
    }
  }

  /** The stream has ended: throws a ProtocolError when that is within a frame. */
  end(): void {
    if (this.#available === 0 && !this.#header) return;
    const rest = this.#gather();
    if (!this.#header && this.#seen === 0 && !this.#couldBegin(rest)) throw this.#noise(rest);
    throw new ProtocolError(
      `${this.#peer} ended within frame ${this.#seen + 1}; ${this.#header ? `${rest.length} of ${this.#header.length} payload bytes came` : `${rest.length} of ${this.#frames.header.size} header bytes came`}`,
    );
  }

  #readHeader(): boolean {
    const size = this.#frames.header.size;
    if (this.#available < size) {
      // A banner may be shorter than a header and be followed by nothing: refuse it at its first wrong byte.
      if (this.#available > 0) {
        const start = this.#gather();
        if (!this.#couldBegin(start)) throw this.#noise(start);
      }
      return false;
    }
    const start = this.#gather();
    if (!this.#couldBegin(start)) throw this.#noise(start);
    const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
    const header = readRecord(view, 0, this.#frames.header) as unknown as Header;
    if (header.version !== this.#frames.version) {
      throw new ProtocolError(
        `${this.#peer} speaks version ${header.version} of the protocol, this kit version ${this.#frames.version}; rebuild it from this kit`,
      );
    }
    if (header.length > this.#frames.limit) {
      throw new ProtocolError(
        `${this.#peer} announced a frame of ${header.length} bytes, more than the ${this.#frames.limit} a frame may have; it is broken`,
      );
    }
    this.#take(size);
    this.#header = header;
    return true;
  }

  #couldBegin(start: Uint8Array): boolean {
    const { magic } = this.#frames;
    for (let at = 0; at < Math.min(4, start.length); at++)
      if (start[at] !== ((magic >>> (8 * at)) & 0xff)) return false;
    return true;
  }

  #noise(start: Uint8Array): ProtocolError {
    return this.#seen === 0
      ? new ProtocolError(
          `expected a frame from ${this.#peer} but got ${quoted(start)}; make the command silent before the executor starts`,
        )
      : new ProtocolError(
          `expected frame ${this.#seen + 1} from ${this.#peer} but got ${quoted(start)}; something else writes into its output`,
        );
  }

  #gather(): Uint8Array {
    if (this.#chunks.length > 1) {
      const whole = new Uint8Array(this.#available);
      let at = 0;
      for (const chunk of this.#chunks) {
        whole.set(chunk, at);
        at += chunk.length;
      }
      this.#chunks = [whole];
    }
    return this.#chunks[0] ?? new Uint8Array();
  }

  #take(length: number): Uint8Array {
    const whole = this.#gather();
    const rest = whole.subarray(length);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#available = rest.length;
    return whole.subarray(0, length);
  }
}
