/** A simulated user address space with page protection, and the kernel's two ways into it. */

import type { Fetches, ReadAgain } from './fetches.ts';

/** Reaching memory that is not there or not allowed, as SIGSEGV or EFAULT tells it. */
export class MemoryFault extends Error {
  override name = 'MemoryFault';
  readonly address: bigint;
  constructor(address: bigint) {
    super(`no access at 0x${address.toString(16)}`);
    this.address = address;
  }
}

export interface Region {
  readonly base: bigint;
  /** Shared with other mappings of the same memory. */
  readonly bytes: Uint8Array;
  readonly readable: boolean;
  readonly writable: boolean;
  /** What the region was cut from; itself when it is whole. */
  readonly whole?: Uint8Array;
}

const ADDRESS_SPACE = 1n << 64n;
const NOTHING = new Uint8Array(0);

const inside = ({ base, bytes }: Region, address: bigint) =>
  address >= base && address < base + BigInt(bytes.length);

export class AddressSpace {
  private regions: Region[] = [];
  private last: Region | undefined;
  /** Called with the memory of a region just before it is written to. */
  onWrite: ((bytes: Uint8Array) => void) | undefined;

  map(region: Region): void {
    this.regions.splice(this.indexAfter(region.base), 0, region);
  }

  /** The place of the first region that begins behind the address. */
  private indexAfter(address: bigint): number {
    const { regions } = this;
    let [low, high] = [0, regions.length];
    // Most regions come in the order of their addresses.
    if (high > 0 && regions[high - 1]!.base <= address) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (regions[middle]!.base <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Removes what is mapped in the range, and returns it. */
  unmap(base: bigint, length: bigint): Region[] {
    const inside = this.within(base, length);
    this.last = undefined;
    this.regions = this.regions.filter(region => !inside.includes(region));
    return inside;
  }

  /** Changes what may be done with the range; false when something in it is not mapped. */
  protect(base: bigint, length: bigint, rights: Pick<Region, 'readable' | 'writable'>): boolean {
    const mapped = this.mapped(base, length);
    for (const region of this.unmap(base, length)) this.map({ ...region, ...rights });
    return mapped;
  }

  /** The regions of the range, cut at its ends. */
  within(base: bigint, length: bigint): Region[] {
    this.cut(base);
    this.cut(base + length);
    return this.regions.filter(region => region.base >= base && region.base < base + length);
  }

  /** Whether all of the range is mapped, whatever may be done with it. */
  mapped(base: bigint, length: bigint): boolean {
    return this.covered(base, length, () => true);
  }

  /** Makes a region zero, whatever may be done with it. */
  clear({ bytes, whole }: Region): void {
    this.onWrite?.(whole ?? bytes);
    bytes.fill(0);
  }

  /** Writes to the memory that these regions belong to are no longer told to `onWrite`. */
  forget(regions: readonly Region[]): void {
    const gone = new Set(regions.map(({ whole, bytes }) => whole ?? bytes));
    this.last = undefined;
    this.regions = this.regions.map(region =>
      gone.has(region.whole ?? region.bytes) ? { ...region, whole: NOTHING } : region,
    );
  }

  private cut(address: bigint): void {
    const region = this.find(address);
    if (!region || region.base === address) return;
    const at = Number(address - region.base);
    const whole = region.whole ?? region.bytes;
    this.last = undefined;
    this.regions = this.regions.filter(each => each !== region);
    this.map({ ...region, whole, bytes: region.bytes.subarray(0, at) });
    this.map({ ...region, whole, base: address, bytes: region.bytes.subarray(at) });
  }

  private find(address: bigint): Region | undefined {
    if (this.last && inside(this.last, address)) return this.last;
    const found = this.regions[this.indexAfter(address) - 1];
    if (!found || !inside(found, address)) return undefined;
    this.last = found;
    return found;
  }

  private walk(
    address: bigint,
    length: number,
    right: 'readable' | 'writable',
    visit: (region: Region, at: number, offset: number, count: number) => void,
  ): void {
    let done = 0;
    while (done < length) {
      const here = (address + BigInt(done)) % ADDRESS_SPACE;
      const region = this.find(here);
      if (!region?.[right]) throw new MemoryFault(here);
      const at = Number(here - region.base);
      const count = Math.min(length - done, region.bytes.length - at);
      visit(region, at, done, count);
      done += count;
    }
  }

  private allowed(address: bigint, length: bigint, right: 'readable' | 'writable'): boolean {
    return this.covered(address, length, region => region[right]);
  }

  private covered(address: bigint, length: bigint, good: (region: Region) => boolean): boolean {
    for (let done = 0n; done < length; ) {
      const here = address + done;
      const region = here < ADDRESS_SPACE ? this.find(here) : undefined;
      if (!region || !good(region)) return false;
      done = region.base + BigInt(region.bytes.length) - address;
    }
    return true;
  }

  readable(address: bigint, length: bigint): boolean {
    return this.allowed(address, length, 'readable');
  }

  writable(address: bigint, length: bigint): boolean {
    return this.allowed(address, length, 'writable');
  }

  /** Calls that read user memory more than once. */
  readonly readAgain: ReadAgain[] = [];
  /** The reads of the call that runs; none between calls. */
  fetches: Fetches | undefined;

  /** Throws MemoryFault at the first byte that cannot be read. */
  read(address: bigint, length: number): Uint8Array {
    return this.fetches ? this.fetches.read(address, length) : this.readNow(address, length);
  }

  /** The same, whatever the call that runs has read before. */
  readNow(address: bigint, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.walk(address, length, 'readable', (region, at, offset, count) =>
      bytes.set(region.bytes.subarray(at, at + count), offset),
    );
    return bytes;
  }

  /** Writes up to the first byte that cannot be written, then throws MemoryFault. */
  write(address: bigint, bytes: Uint8Array): void {
    this.walk(address, bytes.length, 'writable', (region, at, offset, count) => {
      this.onWrite?.(region.whole ?? region.bytes);
      region.bytes.set(bytes.subarray(offset, offset + count), at);
    });
  }

  /** Stores one byte over a range, up to the first that cannot be written; then it throws MemoryFault. */
  fill(address: bigint, length: number, byte: number): void {
    this.walk(address, length, 'writable', (region, at, _, count) => {
      this.onWrite?.(region.whole ?? region.bytes);
      region.bytes.fill(byte, at, at + count);
    });
  }

  /** The bytes up to a NUL, as text. */
  text(address: bigint): string {
    const bytes: number[] = [];
    for (let at = address; ; at += 1n) {
      const byte = this.read(at, 1)[0]!;
      if (byte === 0) return new TextDecoder().decode(new Uint8Array(bytes));
      bytes.push(byte);
    }
  }
}
