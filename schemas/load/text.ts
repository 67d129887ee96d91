/** From bytes to text: UTF-8 only, and nothing that an editor would not show. */
import { InvalidData } from '../validate/invalid-data.ts';

/** Line and column, both from 1; the column counts UTF-16 units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The file that a text is of, and the line on which the text begins there. */
export interface TextFile {
  readonly path: string;
  readonly line: number;
}

/** The position of an offset. A line ends with LF, CR LF or CR. */
export function positionAt(file: TextFile, text: string, offset: number): Position {
  let { line } = file;
  let start = 0;
  const ends = /\r\n?|\n/g;
  for (let end = ends.exec(text); end && ends.lastIndex <= offset; end = ends.exec(text)) {
    line += 1;
    start = ends.lastIndex;
  }
  return { line, column: Math.min(offset, text.length) - start + 1 };
}

/** An error at an offset of a text. */
export function errorAt(file: TextFile, text: string, offset: number, sentence: string): InvalidData {
  const { line, column } = positionAt(file, text, offset);
  return new InvalidData(`${file.path}:${line}:${column}: ${sentence}`);
}

const BOM = '\ufeff';
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const LONE = /\p{Surrogate}/u;

/** The offset of the first byte that is no UTF-8 (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF). */
export function firstInvalid(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at]!;
    const more =
      lead < 0x80 ? 0 : lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : -1;
    if (more < 0) return at;
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    for (let next = 1; next <= more; next += 1) {
      const byte = bytes[at + next];
      const [low, high] = next === 1 ? [least, most] : [0x80, 0xbf];
      if (byte === undefined || byte < low || byte > high) return at;
    }
    at += more + 1;
  }
  return -1;
}

function decode(file: TextFile, bytes: Uint8Array): string {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))
    throw errorAt(file, '', 0, 'the file begins like UTF-16, expected UTF-8; save it as UTF-8');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const offset = firstInvalid(bytes);
    const before = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, offset));
    const byte = bytes[offset]!.toString(16).padStart(2, '0');
    throw errorAt(
      file,
      before,
      before.length,
      `byte 0x${byte} at offset ${offset} is no UTF-8; save the file as UTF-8`,
    );
  }
}

/** The text of a file without its byte order mark; throws an InvalidData when it is none. */
export function readText(file: TextFile, content: string | Uint8Array, most: number): string {
  if (content.length > most)
    throw errorAt(file, '', 0, `the file has ${content.length} bytes, expected at most ${most}; split it`);
  const whole = typeof content === 'string' ? content : decode(file, content);
  const text = whole.startsWith(BOM) ? whole.slice(1) : whole;
  const control = CONTROL.exec(text);
  if (control) {
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
    throw errorAt(
      file,
      text,
      control.index,
      `there is the control character U+${code} at offset ${control.index}; take it out, or save the file as UTF-8`,
    );
  }
  const lone = LONE.exec(text);
  if (lone)
    throw errorAt(
      file,
      text,
      lone.index,
      `there is half a surrogate pair at offset ${lone.index}; take it out`,
    );
  return text;
}
