import type { Trace } from '../../schemas/index.ts';

/** Content of a buffer that nothing but one step touches, after it; not known where only a checksum is. */
export function contentAfterStep(
  trace: Trace,
  buffer: number,
  step: number,
): { content: Uint8Array; known: boolean } {
  const { size, data } = trace.program.buffers[buffer]!;
  const content = new Uint8Array(size);
  content.set(data);
  const result = trace.results[step];
  for (const diff of result?.diffs ?? []) if (diff.buffer === buffer) content.set(diff.bytes, diff.offset);
  return { content, known: !result?.hashes.some(hash => hash.buffer === buffer) };
}
