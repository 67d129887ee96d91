/** Whether a recorded program did again what it did when it was recorded. */
import type { Step, Trace } from '../../schemas/index.ts';
import type { RecordedResult } from './program.ts';

export interface Departure {
  readonly step: number;
  readonly expected: string;
  readonly observed: string;
}

const said = (errno: number, ret?: number | bigint) =>
  errno !== 0 ? `errno ${errno}` : ret === undefined ? 'success' : `${ret}`;

/** The bytes of a step's buffers that are its own each time: what is patched in and what is kept. */
function volatile({ patches = [], captures = [] }: Step, buffer: number): Set<number> {
  const own = [...patches, ...captures.flatMap(each => (each.from === 'buffer' ? [each] : []))];
  return new Set(
    own
      .filter(each => each.buffer === buffer)
      .flatMap(({ offset, width }) => Array.from({ length: width }, (_, index) => offset + index)),
  );
}

/** Every step that ended in another way; the last is that the program did not come to its end. */
export function departures(trace: Trace, results: readonly (RecordedResult | null)[]): Departure[] {
  const found: Departure[] = [];
  for (const [step, expected] of results.entries()) {
    const seen = trace.results[step];
    if (!seen) {
      found.push({ step, expected: 'a result', observed: 'none: the program was cut' });
      break;
    }
    if (seen.status !== 'done') {
      found.push({ step, expected: said(expected?.errno ?? 0, expected?.ret), observed: seen.status });
      continue;
    }
    if (!expected) {
      if (seen.errno !== 0) found.push({ step, expected: 'success', observed: said(seen.errno) });
      continue;
    }
    const ret = expected.ret === undefined ? undefined : seen.ret;
    if (said(expected.errno, expected.ret) !== said(seen.errno, ret)) {
      found.push({
        step,
        expected: said(expected.errno, expected.ret),
        observed: said(seen.errno, ret),
      });
      continue;
    }
    const bytes = bytesDeparture(trace, step, expected);
    if (bytes) found.push(bytes);
  }
  return found;
}

function bytesDeparture(trace: Trace, step: number, { after }: RecordedResult): Departure | undefined {
  const { fills = [], ...rest } = trace.program.steps[step]!;
  for (const { buffer, bytes } of after) {
    const expected = Buffer.from(bytes, 'hex');
    const now = Buffer.alloc(expected.length);
    for (const fill of fills) if (fill.buffer === buffer) now.set(fill.bytes, fill.offset);
    for (const diff of trace.results[step]!.diffs)
      if (diff.buffer === buffer) now.set(diff.bytes, diff.offset);
    const skipped = volatile(rest as Step, buffer);
    const at = expected.findIndex((byte, index) => byte !== now[index] && !skipped.has(index));
    if (at >= 0)
      return {
        step,
        expected: `byte ${at} of buffer ${buffer} is 0x${expected[at]!.toString(16).padStart(2, '0')}`,
        observed: `0x${now[at]!.toString(16).padStart(2, '0')}`,
      };
  }
  return undefined;
}
