/** What strace printed for the third argument: an address, a number, bytes in a string, or a struct that it knows. */

export type StraceArgument =
  | { readonly kind: 'none' }
  | { readonly kind: 'address' | 'number'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly cut: boolean }
  | {
      readonly kind: 'struct';
      readonly fields: readonly (readonly [string, string])[];
      readonly text: string;
    };

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, f: 12, v: 11, '"': 34, '\\': 92 };

/** The bytes of a string as strace prints it: escapes in octal, or in hexadecimal with -xx. */
function bytesOfString(text: string): Uint8Array {
  const out: number[] = [];
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '\\') {
      out.push(text.charCodeAt(i) & 0xff);
      continue;
    }
    const hex = /^x[0-9a-f]{2}/i.exec(text.slice(i + 1));
    const octal = /^[0-7]{1,3}/.exec(text.slice(i + 1));
    if (hex) out.push(Number.parseInt(hex[0].slice(1), 16));
    else if (octal) out.push(Number.parseInt(octal[0], 8) & 0xff);
    else out.push(ESCAPES[text[i + 1] ?? ''] ?? text.charCodeAt(i + 1) & 0xff);
    i += (hex ?? octal)?.[0].length ?? 1;
  }
  return Uint8Array.from(out);
}

/** Splits `a=1, b={c=2}` at the commas outside brackets and strings. */
function parts(text: string): string[] {
  const out = [''];
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const at = text[i]!;
    if (at === '\\') {
      out[out.length - 1] += at + (text[++i] ?? '');
      continue;
    }
    if (at === '"') quoted = !quoted;
    if (!quoted && '([{<'.includes(at)) depth++;
    if (!quoted && ')]}'.includes(at)) depth--;
    if (at === '>' && !quoted && text[i - 1] !== '=') depth--;
    if (at === ',' && depth === 0 && !quoted) out.push('');
    else out[out.length - 1] += at;
  }
  return out.map(part => part.trim()).filter(part => part !== '');
}

function fieldsOf(text: string, prefix: string): [string, string][] {
  return parts(text).flatMap((part): [string, string][] => {
    const match = /^([A-Za-z_]\w*)(?:=|: )(.*)$/s.exec(part);
    if (!match) return [];
    const [, name, value] = match as unknown as [string, string, string];
    if (value.startsWith('{') && value.endsWith('}'))
      return fieldsOf(value.slice(1, -1), `${prefix}${name}.`);
    return [[prefix + name, value]];
  });
}

export function parseStraceArgument(text: string): StraceArgument {
  if (text === '') return { kind: 'none' };
  if (text === 'NULL') return { kind: 'address', text: '0' };
  if (/^0x[0-9a-f]+$/i.test(text)) return { kind: 'address', text };
  if (/^-?\d+$/.test(text)) return { kind: 'number', text };
  const string = /^"((?:\\.|[^"\\])*)"(\.\.\.)?$/s.exec(text);
  if (string) return { kind: 'bytes', bytes: bytesOfString(string[1]!), cut: string[2] !== undefined };
  if (text.startsWith('{')) {
    // `{what went in} => {what came out}`
    const fields = text
      .split(/\s*=>\s*(?=\{)/)
      .flatMap(half => fieldsOf(half.slice(1, half.endsWith('}') ? -1 : undefined), ''));
    return { kind: 'struct', fields: [...new Map(fields)], text };
  }
  return { kind: 'number', text };
}

/** A line of the hexadecimal dump that strace prints below a call, such as ` | 00000  00 10 00 00  ....  |`. */
export function dumpedBytes(line: string): Uint8Array | undefined {
  const match = /^\s*\| [0-9a-f]{5,} {2}((?:[0-9a-f]{2} {1,2})+)/.exec(line);
  if (!match) return undefined;
  return Uint8Array.from(match[1]!.trim().split(/\s+/), byte => Number.parseInt(byte, 16));
}
