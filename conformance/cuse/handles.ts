/** The open files of the device by the number that the kernel keeps for each (`fh`), in the place of descriptors. */
import type { Descriptor } from '../../reference/index.ts';

/** The call needs what CUSE cannot do. */
export class Uncarried extends Error {
  override name = 'Uncarried';
}

export class Handles extends Map<bigint, Descriptor> {
  /** The file that the running call is on: the only one that it can see. */
  current: bigint | undefined;
  private last = 0n;
  private opening = false;

  override get(handle: bigint): Descriptor | undefined {
    if (handle !== this.current && !this.opening)
      throw new Uncarried(
        'it takes a descriptor of the caller, which cannot be looked up from outside of it',
      );
    return super.get(handle);
  }

  override has(handle: bigint): boolean {
    return super.has(handle);
  }

  /** The number that the next open file gets. */
  next(): bigint {
    if (!this.opening)
      throw new Uncarried('it makes a descriptor in the caller, which cannot be done from outside of it');
    this.last += 1n;
    return this.last;
  }

  /** Lets the device be opened. */
  open<T>(act: () => T): T {
    this.opening = true;
    try {
      return act();
    } finally {
      this.opening = false;
    }
  }
}
