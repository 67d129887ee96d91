/**
 * CRC-32 as in IEEE 802.3 and zlib: polynomial 0x04c11db7 reflected (0xedb88320), register starts with all
 * ones, result inverted. The bytes of `123456789` give 0xcbf43926.
 */

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let register = index;
  for (let bit = 0; bit < 8; bit++) register = register & 1 ? (register >>> 1) ^ 0xedb88320 : register >>> 1;
  return register;
});

/** Unsigned 32-bit checksum of the bytes. */
export function crc32(bytes: Uint8Array): number {
  let register = 0xffffffff;
  // By index: an iterator takes twice as long.
  for (let at = 0; at < bytes.length; at += 1)
    register = (register >>> 8) ^ TABLE[(register ^ bytes[at]!) & 0xff]!;
  return (register ^ 0xffffffff) >>> 0;
}
