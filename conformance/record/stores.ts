/** Bytes that a program wrote into a mapping, as steps that write them again. */

export interface Stored {
  readonly op: 'store' | 'fill';
  readonly offset: number;
  /** Behind the address. */
  readonly args: readonly (number | bigint)[];
}

/** Equal bytes from here on are filled; fewer are stored. */
const FILLED = 16;
const WIDEST = 8;

function runAt(bytes: Uint8Array, at: number): number {
  let end = at + 1;
  while (end < bytes.length && bytes[end] === bytes[at]) end += 1;
  return end - at;
}

export function storesOf(bytes: Uint8Array): Stored[] {
  const found: Stored[] = [];
  for (let at = 0; at < bytes.length; ) {
    const run = runAt(bytes, at);
    if (run >= FILLED) {
      found.push({ op: 'fill', offset: at, args: [run, bytes[at]!] });
      at += run;
      continue;
    }
    let width = WIDEST;
    while (width > bytes.length - at) width /= 2;
    let value = 0n;
    for (let index = width - 1; index >= 0; index -= 1) value = (value << 8n) | BigInt(bytes[at + index]!);
    found.push({ op: 'store', offset: at, args: [width, value] });
    at += width;
  }
  return found;
}
