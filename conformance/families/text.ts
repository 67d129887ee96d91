/** Text that a step put into a buffer. */
import type { Trace } from '../../schemas/index.ts';

/** What a readfile step read; empty when it failed. */
export function textOf(trace: Trace, step: number): string {
  const result = trace.results[step];
  if (result?.errno !== 0) return '';
  const bytes = new Uint8Array(Number(result.ret));
  for (const diff of result.diffs)
    bytes.set(diff.bytes.subarray(0, Math.max(0, bytes.length - diff.offset)), diff.offset);
  return new TextDecoder().decode(bytes);
}
