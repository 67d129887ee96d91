/** Bytes as people and tools write them in hex: `00100000`, `00 10 00 00`, `0x00 0x10`, `\x00\x10`, xxd's words. */
import { UsageError } from '../run/usage-error.ts';

/** Throws UsageError with one sentence. */
export function bytesOfHex(text: string): Uint8Array {
  const words = text
    .trim()
    .replace(/^["'](.*)["']$/s, '$1')
    .replaceAll(/\\x|0x/gi, ' ')
    .split(/[\s,:]+/)
    .filter(word => word !== '');
  const prefixed = /\\x|0x/i.test(text);
  let digits = '';
  for (const word of words) {
    const wrong = /[^0-9a-f]/i.exec(word);
    if (wrong)
      throw new UsageError(
        `"${wrong[0]}" in "${word.slice(0, 40)}" is no hex digit; expected the bytes of the argument, two digits each`,
      );
    // 0x0 is a byte; without a prefix a single digit is half of one.
    const whole = prefixed && word.length === 1 ? `0${word}` : word;
    if (whole.length % 2 !== 0)
      throw new UsageError(
        `"${word.slice(0, 40)}" has ${word.length} hex digits, an odd number; give two digits for every byte`,
      );
    digits += whole;
  }
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Two digits a byte, a blank between bytes. */
export function hexOf(bytes: Uint8Array, most = bytes.length): string {
  const shown = [...bytes.subarray(0, most)].map(byte => byte.toString(16).padStart(2, '0')).join(' ');
  return bytes.length > most ? `${shown} ... (${bytes.length} bytes)` : shown;
}
