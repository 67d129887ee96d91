/** A recording between two of its calls. */
import type { TraceFile } from '../../schemas/index.ts';
import { kept } from '../shrink/shrink.ts';
import { readProgram } from '../trace/trace-file.ts';
import { partOf } from './smallest.ts';

/** Whether a call left anything: a descriptor or a handle that a later one may use, or bytes. */
function leaves({ program, recorded }: TraceFile, at: number): boolean {
  const { captures = [], fills = [] } = program.steps[at]!;
  if (captures.length > 0) return true;
  return (recorded?.results[at]?.after ?? []).some(
    ({ buffer, bytes }) => fills.find(fill => fill.buffer === buffer)?.bytes !== bytes,
  );
}

/** The part from one call to another, counted from 0; of what comes before it stays what makes something (part.ts). */
export function cut(path: string, file: TraceFile, first: number, last: number): TraceFile {
  const { program, labels } = readProgram(file, path);
  let call = -1;
  const keep = program.steps.flatMap(({ op }, at) => {
    if (op === 'ioctl') call += 1;
    return call <= last && (op !== 'ioctl' || call >= first || leaves(file, at)) ? [at] : [];
  });
  return partOf(file, kept(program, labels, new Set(keep)), 'which lie outside of the cut');
}
