/** `accel-uapi report`: an earlier run's stream, printed another way. */
import { readFileSync } from 'node:fs';
import { validate } from '../../schemas/index.ts';
import type { EndEvent, StreamEvent } from '../run/events.ts';
import { UsageError } from '../run/usage-error.ts';
import { type Format, reportAs } from './formats.ts';
import { Output } from './output.ts';

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code}); name a file that validate --format jsonl --out FILE wrote`,
    );
  }
}

function parseLine(path: string, line: string, at: number): StreamEvent {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    throw new UsageError(
      `${path}:${at + 1} is no JSON; name a file that validate --format jsonl --out FILE wrote`,
    );
  }
  return validate<StreamEvent>('stream', `${path}:${at + 1}`, data);
}

/** Ends with the status of the run that the stream tells of; 4 when it has no end. */
export async function runReport(path: string, options: { format: Format; out?: string }): Promise<number> {
  const lines = readLines(path);
  if (lines.length === 0)
    throw new UsageError(`${path} is empty; name a file that validate --format jsonl --out FILE wrote`);
  const out = new Output(options.out);
  const terminal = options.out === undefined && process.stdout.isTTY === true;
  const report = reportAs(options.format, out, terminal);
  let end: EndEvent | undefined;
  try {
    for (const [at, line] of lines.entries()) {
      const event = parseLine(path, line, at);
      if (event.event === 'end') end = event;
      report(event);
    }
  } finally {
    out.close();
  }
  if (!end) throw new UsageError(`${path} has no end: the run that wrote it was killed; run it again`);
  return end.status;
}
