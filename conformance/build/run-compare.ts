/** Runs `accel-uapi compare` as a user does, and reads what it prints as JSON. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { commandPath } from '../cli/version.ts';
import type { Direction, Kind } from '../compare/differ.ts';

export interface Told {
  readonly direction: Direction;
  readonly call: string;
  readonly kind: Kind;
  readonly place?: string;
  readonly a: string;
  readonly b: string;
  readonly program: readonly string[];
}

export interface Compared {
  /** Exit status; -1 when a signal ended it. */
  readonly status: number;
  readonly differences: readonly Told[];
  readonly programs: number;
  readonly steps: number;
  readonly cut?: string;
  readonly seconds: number;
}

/** @param words after `compare A B` */
export async function runCompare(a: string, b: string, words: readonly string[]): Promise<Compared> {
  const main = commandPath();
  const start = performance.now();
  const child = spawn(process.execPath, [main, 'compare', a, b, ...words, '--format', 'json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  const seconds = (performance.now() - start) / 1000;
  const none = { differences: [], programs: 0, steps: 0 };
  const read = text === '' ? none : (JSON.parse(text) as Omit<Compared, 'status' | 'seconds'>);
  return { ...read, status: status ?? -1, seconds };
}

/** One difference in a line. */
export const line = ({ direction, call, kind, place, a, b }: Told): string =>
  `${direction}: ${call} ${kind}${place === undefined ? '' : ` of ${place}`}, ${a} and ${b}`;
