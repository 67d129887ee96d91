import type { AbiName } from '../program/program.ts';
import { sizeOfType } from './layout.ts';
import { LayoutError, type TypeTable } from './type-table.ts';
import type { IoctlFact } from './types.ts';

/** The parts of a request number. `size` is that of the argument, in bytes. */
export interface RequestParts extends Pick<IoctlFact, 'direction' | 'letter' | 'number'> {
  readonly size: number;
}

/** Bits 31 and 30 as <asm-generic/ioctl.h> has them; all five ABIs use that header. */
const DIRECTIONS = ['none', 'write', 'read', 'readwrite'] as const;
const SIZE_LIMIT = 1 << 14;

/** Composes a request number: direction << 30 | size << 16 | letter << 8 | number, unsigned 32 bits. */
export function encodeRequest({ direction, size, letter, number }: RequestParts): number {
  if (size < 0 || size >= SIZE_LIMIT) {
    throw new LayoutError(
      `an argument of ${size} bytes does not fit in the 14 bits that a request number has for it`,
    );
  }
  return ((DIRECTIONS.indexOf(direction) << 30) | (size << 16) | (letter << 8) | number) >>> 0;
}

/** The request number of an ioctl as a program of that ABI passes it. */
export function requestNumber(ioctl: IoctlFact, types: TypeTable, abi: AbiName): number {
  const size = ioctl.argument ? sizeOfType(types, ioctl.argument, abi) : 0;
  const { direction, letter, number } = ioctl;
  return encodeRequest({ direction, letter, number, size });
}

/** Takes a request number apart. Bits above 31 are ignored, as the kernel does. */
export function decodeRequest(request: number | bigint): RequestParts {
  const bits = Number(BigInt.asUintN(32, BigInt(request)));
  return {
    direction: DIRECTIONS[bits >>> 30]!,
    size: (bits >>> 16) & (SIZE_LIMIT - 1),
    letter: (bits >>> 8) & 0xff,
    number: bits & 0xff,
  };
}
