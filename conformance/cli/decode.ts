/** `accel-uapi decode`: a request number, the bytes of an argument, or what strace printed. */
import { readFileSync } from 'node:fs';
import { type Decoded, driverOfVersion, owners } from '../../schemas/index.ts';
import type { Scope } from '../decode/candidates.ts';
import { decode, ForeignCall } from '../decode/decode.ts';
import { printDecoded } from '../decode/print.ts';
import { dumpedBytes } from '../decode/strace-argument.ts';
import { isStraceLine, StraceJoiner } from '../decode/strace-line.ts';
import { wrapText } from '../report/wrap.ts';
import { UsageError } from '../run/usage-error.ts';
import { abiOf } from './abi.ts';
import { nearest } from './nearest.ts';

export interface DecodeFlags {
  readonly driver?: string;
  readonly abi?: string;
  readonly format?: 'pretty' | 'json';
}

function scopeOf({ driver, abi }: DecodeFlags): Scope {
  if (driver === undefined) return { abi: abiOf(abi) };
  const names = owners().map(owner => owner.name);
  const name = names.includes(driver) ? driver : driverOfVersion(driver)?.name;
  if (name === undefined)
    throw new UsageError(
      `there is no driver ${driver} in the collection${nearest(driver, names)}; expected ${names.join(', ')}`,
    );
  return { driver: name, abi: abiOf(abi) };
}

/** Texts of a stream with the bytes that were dumped below them. */
function* texts(lines: readonly string[]): Generator<{ text: string; at: number; dumped?: Uint8Array }> {
  const joiner = new StraceJoiner();
  let last: { text: string; at: number; dumped?: Uint8Array } | undefined;
  for (const [at, raw] of lines.entries()) {
    const dumped = dumpedBytes(raw);
    if (dumped) {
      if (last) last.dumped = Uint8Array.from([...(last.dumped ?? []), ...dumped]);
      continue;
    }
    if (last) yield last;
    last = undefined;
    const text = joiner.next(raw)?.trim();
    if (text) last = { text, at };
  }
  if (last) yield last;
  for (const text of joiner.rest()) yield { text, at: lines.length - 1 };
}

/** A line of a strace that is about another system call, a signal or an exit. */
function isOtherLine(text: string): boolean {
  if (isStraceLine(text) || /^(_|DRM_)IO/.test(text)) return false;
  return /\w\(|(^|\s)(\+\+\+|---) |^strace: | resumed>/.test(text);
}

class Printer {
  private first = true;
  private readonly json: boolean;
  private readonly width: number;
  private readonly write: (text: string) => void;

  constructor(json: boolean, width: number, write: (text: string) => void) {
    this.json = json;
    this.width = width;
    this.write = write;
  }

  /** @param single one object, spread over lines; else an object a line */
  put(decoded: Decoded, single: boolean): void {
    if (this.json) {
      this.write(`${JSON.stringify(decoded, null, single ? 2 : undefined)}\n`);
      return;
    }
    if (!this.first) this.write('\n');
    this.first = false;
    if (!single && !decoded.call) this.write(`${decoded.input}\n`);
    for (const [indent, text] of printDecoded(decoded)) {
      // Columns stay in one line; sentences are wrapped.
      const parts = text === '' || / {2}\S/.test(text) ? [text] : wrapText(text, this.width - indent - 2);
      parts.forEach((part, at) => {
        this.write(`${' '.repeat(indent + (at > 0 ? 2 : 0))}${part}`.trimEnd().concat('\n'));
      });
    }
  }
}

function decodeStream(scope: Scope, printer: Printer, talk: (text: string) => void): number {
  let done = 0;
  let wrong = 0;
  let foreign = 0;
  for (const { text, at, dumped } of texts(readFileSync(0, 'utf8').split('\n'))) {
    if (isOtherLine(text)) continue;
    try {
      printer.put(decode(text, scope, dumped), false);
      done++;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      if (error instanceof ForeignCall) foreign++;
      else {
        wrong++;
        talk(`accel-uapi: line ${at + 1}: ${error.message}\n`);
      }
    }
  }
  if (foreign > 0) talk(`accel-uapi: ${foreign} ioctls of other files or of unknown drivers were left out\n`);
  if (done === 0 && wrong === 0)
    throw new UsageError(
      'no line of standard input was a request, an argument or an ioctl of an accel node; expected for example the output of strace -e trace=ioctl',
    );
  return wrong > 0 ? 2 : 0;
}

export function runDecode(
  words: readonly string[],
  flags: DecodeFlags,
  width: number,
  write: (text: string) => void,
  talk: (text: string) => void,
): number {
  const scope = scopeOf(flags);
  const printer = new Printer(flags.format === 'json', width, write);
  if (words.length === 1 && words[0] === '-') return decodeStream(scope, printer, talk);
  printer.put(decode(words.join(' '), scope), true);
  return 0;
}
