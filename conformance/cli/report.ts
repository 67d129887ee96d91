/** `accel-uapi report`: an earlier run's stream, printed another way. */
import { readFileSync } from 'node:fs';
import { readStream } from '../report/read-stream.ts';
import type { EndEvent } from '../run/events.ts';
import { UsageError } from '../run/usage-error.ts';
import { type Format, reportAs, screenOf } from './formats.ts';
import { Output } from './output.ts';

function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code}); name a file that validate --format jsonl --out FILE wrote`,
    );
  }
}

export interface ReportFlags {
  readonly format: Format;
  readonly out?: string;
  readonly verify?: boolean;
  readonly descriptions?: string;
}

/** Ends with the status of the run that the stream tells of; 4 when it has no end. */
export async function runReport(path: string, options: ReportFlags): Promise<number> {
  if (options.descriptions !== undefined)
    throw new UsageError('--descriptions goes with --verify: a stream is printed as it is');
  // All of it is read before anything is printed: half a report would look like a whole one.
  const events = [...readStream(path, readFile(path))];
  const out = new Output(options.out);
  const terminal = options.out === undefined && process.stdout.isTTY === true;
  const report = reportAs(options.format, out, screenOf(terminal));
  let end: EndEvent | undefined;
  try {
    for (const event of events) {
      if (event.event === 'end') end = event;
      report(event);
    }
  } finally {
    out.close();
  }
  if (!end) throw new UsageError(`${path} has no end: the run that wrote it was killed; run it again`);
  return end.status;
}
