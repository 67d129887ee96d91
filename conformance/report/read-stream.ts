/** The stream of an earlier run, read back line by line. */
import { checked, InvalidData, parseSource, validate } from '../../schemas/index.ts';
import type { StreamEvent } from '../run/events.ts';

const NEWLINE = 0x0a;

/** Reads a whole stream; throws an InvalidData that names the line. Empty lines are left out. */
export function* readStream(path: string, content: Uint8Array): Generator<StreamEvent> {
  let line = 0;
  let count = 0;
  for (let at = 0; at < content.length; ) {
    const next = content.indexOf(NEWLINE, at);
    const end = next < 0 ? content.length : next;
    const part = content.subarray(at, end);
    at = end + 1;
    line += 1;
    if (part.length === 0) continue;
    const source = parseSource(path, part, { format: 'json', line });
    yield checked(source, data => validate<StreamEvent>('stream', path, data));
    count += 1;
  }
  if (count === 0)
    throw new InvalidData(
      `${path}:1:1: the file is empty; name a file that validate --format jsonl --out FILE wrote`,
    );
}
