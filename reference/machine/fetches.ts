import type { AddressSpace } from './address-space.ts';

/**
 * What one call reads of user memory. Whatever it looks at twice it has copied in once: another thread may change the
 * memory between two reads, so that a check would look at one value and its use at another.
 */
export class Fetches {
  /** Ranges that were read, with what they held. */
  private readonly ranges: { readonly from: bigint; readonly bytes: Uint8Array }[] = [];
  private readonly readNow: (address: bigint, length: number) => Uint8Array;
  /** The fault: nothing is kept, every look is a read. */
  careless = false;
  /** Bytes that were read again. */
  again = 0;

  constructor(readNow: (address: bigint, length: number) => Uint8Array) {
    this.readNow = readNow;
  }

  read(address: bigint, length: number): Uint8Array {
    // Most calls read their argument, and nothing else.
    if (this.ranges.length === 0) {
      const bytes = this.readNow(address, length);
      this.ranges.push({ from: address, bytes });
      return bytes.slice();
    }
    const content = new Uint8Array(length);
    const fresh: [from: bigint, bytes: Uint8Array][] = [];
    for (let done = 0; done < length; ) {
      const here = address + BigInt(done);
      const known = this.ranges.find(({ from, bytes }) => here >= from && here < from + BigInt(bytes.length));
      if (known) {
        const at = Number(here - known.from);
        const part = known.bytes.subarray(at, at + length - done);
        if (this.careless) this.again += part.length;
        content.set(this.careless ? this.readNow(here, part.length) : part, done);
        done += part.length;
        continue;
      }
      const end = this.ranges.reduce(
        (least, { from }) => (from > here && from < least ? from : least),
        address + BigInt(length),
      );
      const bytes = this.readNow(here, Number(end - here));
      content.set(bytes, done);
      fresh.push([here, bytes]);
      done += bytes.length;
    }
    for (const [from, bytes] of fresh) this.ranges.push({ from, bytes });
    return content;
  }
}

/** A step whose call read user memory more than once, with how many bytes. */
export interface ReadAgain {
  readonly step: number;
  readonly bytes: number;
}

/** Does a call that copies in once whatever it reads of user memory. */
export function copiedIn<T>(
  { memory, step }: { readonly memory: AddressSpace; readonly step: number },
  act: () => T,
): T {
  const fetches = new Fetches((address, length) => memory.readNow(address, length));
  memory.fetches = fetches;
  try {
    return act();
  } finally {
    memory.fetches = undefined;
    if (fetches.again > 0) memory.readAgain.push({ step, bytes: fetches.again });
  }
}
