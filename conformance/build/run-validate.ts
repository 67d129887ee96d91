/** Runs `accel-uapi validate` as a user does, and reads its stream. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandPath } from '../cli/version.ts';
import type { EndEvent, RunEvent, StreamEvent, VerdictEvent } from '../run/events.ts';

export interface Validated {
  /** Exit status; -1 when a signal ended it. */
  readonly status: number;
  readonly run: RunEvent | undefined;
  readonly verdicts: readonly VerdictEvent[];
  readonly end: EndEvent;
  readonly seconds: number;
}

/** A run that could not begin, or was cut off; what was wrong stands in its own output. */
export class UnreadableRun extends Error {
  constructor(target: string, status: number | null) {
    super(`validate ${target} ended with status ${status ?? 'of a signal'} and left no whole stream`);
    this.name = 'UnreadableRun';
  }
}

/**
 * @param words after `validate TARGET`
 * @param under a driver whose reference answers the run on this machine's node
 */
export async function runValidate(
  target: string,
  words: readonly string[],
  under?: string,
): Promise<Validated> {
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-'));
  const stream = join(folder, 'stream.jsonl');
  const main = commandPath();
  const start = performance.now();
  try {
    const command = [main, 'validate', target, ...words, '--format', 'jsonl', '--out', stream];
    const served = under === undefined ? command : [main, 'run', under, '--', process.execPath, ...command];
    const child = spawn(process.execPath, served, { stdio: ['ignore', 'inherit', 'inherit'] });
    const [status] = (await once(child, 'close')) as [number | null];
    const lines = readFileSync(stream, 'utf8')
      .split('\n')
      .filter(line => line !== '');
    const events = lines.map(line => JSON.parse(line) as StreamEvent);
    if (events.at(-1)?.event !== 'end') throw new UnreadableRun(target, status);
    return {
      status: status ?? -1,
      run: events.find((event): event is RunEvent => event.event === 'run'),
      verdicts: events.filter((event): event is VerdictEvent => event.event === 'verdict'),
      end: events.at(-1) as EndEvent,
      seconds: (performance.now() - start) / 1000,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
