import { littleEndian } from '../../schemas/index.ts';
/** Bytes that a program wrote into a mapping, as steps that write them again. */

/** What a step needs behind the address: a width and a value, a length and a byte, or bytes that stand elsewhere. */
export type Stored =
  | { readonly op: 'store'; readonly offset: number; readonly width: number; readonly value: bigint }
  | { readonly op: 'fill'; readonly offset: number; readonly length: number; readonly byte: number }
  | { readonly op: 'copy'; readonly offset: number; readonly bytes: Uint8Array };

/** Equal bytes from here on are filled, which is a step of its own within what is copied. */
const FILLED = 256;
/** Up to so many bytes are stored, which shows what they are. */
const STORED = 16;
const WIDEST = 8;

function runAt(bytes: Uint8Array, at: number): number {
  let end = at + 1;
  while (end < bytes.length && bytes[end] === bytes[at]) end += 1;
  return end - at;
}

function literal(bytes: Uint8Array, offset: number): Stored[] {
  if (bytes.length > STORED) {
    const run = runAt(bytes, 0);
    return run === bytes.length
      ? [{ op: 'fill', offset, length: run, byte: bytes[0]! }]
      : [{ op: 'copy', offset, bytes }];
  }
  const found: Stored[] = [];
  for (let at = 0; at < bytes.length; ) {
    let width = WIDEST;
    while (width > bytes.length - at) width /= 2;
    const value = littleEndian(bytes.subarray(at, at + width));
    found.push({ op: 'store', offset: offset + at, width, value });
    at += width;
  }
  return found;
}

export function storesOf(bytes: Uint8Array): Stored[] {
  const found: Stored[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const run = runAt(bytes, at);
    if (run >= FILLED) {
      found.push(...literal(bytes.subarray(from, at), from));
      found.push({ op: 'fill', offset: at, length: run, byte: bytes[at]! });
      from = at + run;
    }
    at += run;
  }
  return [...found, ...literal(bytes.subarray(from), from)];
}
