/** Numbers as bytes, the lowest byte first, as every ABI here has them. */

/** The number that all of the bytes are; 0 for none. */
export function littleEndian(bytes: Uint8Array): bigint {
  let sum = 0n;
  for (let at = bytes.length - 1; at >= 0; at -= 1) sum = (sum << 8n) | BigInt(bytes[at]!);
  return sum;
}

/** The lowest bytes of a number, as many as are asked for. */
export function littleEndianBytes(value: bigint, width: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(width);
  for (let [at, rest] = [0, value]; at < width; at += 1, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  return bytes;
}
