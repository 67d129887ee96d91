/** A simulated user address space with page protection, and the kernel's two ways into it. */

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
}

const ADDRESS_SPACE = 1n << 64n;

export class AddressSpace {
  private regions: Region[] = [];
  private last: Region | undefined;
  /** Called with the memory of a region just before it is written to. */
  onWrite: ((bytes: Uint8Array) => void) | undefined;

  map(region: Region): void {
    this.regions.push(region);
    this.regions.sort((a, b) => (a.base < b.base ? -1 : 1));
  }

  /** Removes every region that starts inside the range; returns how many. */
  unmap(base: bigint, length: bigint): number {
    const before = this.regions.length;
    this.last = undefined;
    this.regions = this.regions.filter(region => region.base < base || region.base >= base + length);
    return before - this.regions.length;
  }

  private find(address: bigint): Region | undefined {
    const inside = (region: Region) =>
      address >= region.base && address < region.base + BigInt(region.bytes.length);
    if (this.last && inside(this.last)) return this.last;
    const found = this.regions.find(inside);
    if (found) this.last = found;
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
    for (let done = 0n; done < length; ) {
      const here = address + done;
      const region = here < ADDRESS_SPACE ? this.find(here) : undefined;
      if (!region?.[right]) return false;
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

  /** Throws MemoryFault at the first byte that cannot be read. */
  read(address: bigint, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.walk(address, length, 'readable', (region, at, offset, count) =>
      bytes.set(region.bytes.subarray(at, at + count), offset),
    );
    return bytes;
  }

  /** Writes up to the first byte that cannot be written, then throws MemoryFault. */
  write(address: bigint, bytes: Uint8Array): void {
    this.walk(address, bytes.length, 'writable', (region, at, offset, count) => {
      this.onWrite?.(region.bytes);
      region.bytes.set(bytes.subarray(offset, offset + count), at);
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
