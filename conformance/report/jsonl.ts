/** The stream as lines: one JSON object each; the last holds the SHA-256 of all before it. */
import { createHash } from 'node:crypto';
import type { StreamEvent } from '../run/events.ts';
import type { LineWriter } from './line-writer.ts';

export function jsonlReport(out: LineWriter): (event: StreamEvent) => void {
  const hash = createHash('sha256');
  return event => {
    const line = `${JSON.stringify(event.event === 'end' ? { ...event, hash: hash.copy().digest('hex') } : event)}\n`;
    hash.update(line);
    out.write(line);
  };
}
