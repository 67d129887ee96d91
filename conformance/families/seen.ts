/** Numbers that a trace shows, for clauses that are judged by looking. */
import { littleEndian, type Trace } from '../../schemas/index.ts';

/** What a step stored in a slot from a buffer; undefined when the step did not run. */
export function numberSeen(trace: Trace, step: number, slot: number): bigint | undefined {
  const { captures = [], fills = [] } = trace.program.steps[step]!;
  const result = trace.results[step];
  const capture = captures.find(each => each.slot === slot);
  if (!result || !capture) return undefined;
  if (capture.from === 'return') return result.ret;
  const { buffer, offset, width } = capture;
  const bytes = new Uint8Array(width);
  // The call is made on what the step stores; what it changed comes after.
  for (const write of [...fills, ...result.diffs]) {
    if (write.buffer !== buffer) continue;
    for (let at = 0; at < width; at += 1) bytes[at] = write.bytes[offset + at - write.offset] ?? bytes[at]!;
  }
  return littleEndian(bytes);
}

/** The text that a step read into a buffer of its own; undefined when it could not. */
export function textSeen(trace: Trace, step: number, buffer: number): string | undefined {
  const result = trace.results[step];
  if (result?.errno !== 0) return undefined;
  const bytes = new Uint8Array(trace.program.buffers[buffer]!.size);
  for (const diff of result.diffs) if (diff.buffer === buffer) bytes.set(diff.bytes, diff.offset);
  return new TextDecoder().decode(bytes.subarray(0, Number(result.ret)));
}

/** Whether a step ended with an errno. */
export function isRefused(trace: Trace, step: number): boolean {
  return (trace.results[step]?.errno ?? 0) !== 0;
}
