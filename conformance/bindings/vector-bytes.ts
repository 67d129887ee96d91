/** The bytes that a vector is about. */
import type { Vector } from '../../schemas/index.ts';

/** All of them; `without` are holes, whose bytes are left out. */
export function bytesOf(
  { length, bytes }: Pick<Vector, 'length' | 'bytes'>,
  without: readonly (readonly number[])[] = [],
): Uint8Array {
  const all = new Uint8Array(length);
  for (const [at, run] of Object.entries(bytes)) all.set(Buffer.from(run, 'hex'), Number(at));
  for (const [offset, size] of without) all.fill(0, offset, offset! + size!);
  return all;
}
