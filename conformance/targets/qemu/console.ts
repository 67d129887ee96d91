import type { Readable } from 'node:stream';

/** Lines that are kept: an oops has about 60, one of a full stack 600, the reports of a broken slab 3000. */
const KEPT_LINES = 5000;
/** A line longer than this is cut: a guest that prints without end must not fill our memory. */
const MAX_LINE = 2000;

/** The last lines a virtual machine wrote to its serial console. */
export interface Console {
  /** The last `count` lines, oldest first, without control characters. */
  tail(count?: number): string[];
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal would interpret
const CONTROL = /\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g;

export function readConsole(stream: Readable): Console {
  const lines: string[] = [];
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('error', () => {});
  stream.on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!.slice(0, MAX_LINE);
    lines.push(...parts.map(line => line.slice(0, MAX_LINE).replace(CONTROL, '').trimEnd()));
    lines.splice(0, lines.length - KEPT_LINES);
  });
  return {
    tail(count = KEPT_LINES) {
      const last = rest.replace(CONTROL, '');
      return [...lines, last].filter(line => line !== '').slice(-count);
    },
  };
}

/** How the kernel says what killed it, most decisive first. */
const REASONS = [
  /Kernel panic - not syncing: (.*)/,
  /Unable to (?:handle|mount) .*/,
  /\bBUG: .*/,
  /Internal error: .*/,
];

/** The line of the console that says why the kernel died, without its time stamp; empty when none does. */
export function deathReason(lines: readonly string[]): string {
  for (const reason of REASONS) {
    const found = lines.map(line => reason.exec(line)).find(match => match !== null);
    if (found) return found[0];
  }
  return '';
}

/** At most `count` lines that tell most: from the first sign of death on, or the last ones when there is none. */
export function tellingLines(lines: readonly string[], count: number): string[] {
  const first = lines.findIndex(line => REASONS.some(reason => reason.test(line)));
  return first < 0 ? lines.slice(-count) : lines.slice(first, first + count);
}
