/** The programs of a folder of traces, each with its neighbours. */
import type { DriverDescription } from '../../schemas/index.ts';
import { callOfStep } from '../judge/step-call.ts';
import { derive, Random } from '../plan/random.ts';
import { readProgram, type TraceFile } from '../trace/trace-file.ts';
import type { Candidate } from './candidate.ts';
import { neighbours } from './neighbours.ts';

export interface NamedTrace {
  readonly path: string;
  readonly file: TraceFile;
}

export function candidatesOf(
  traces: readonly NamedTrace[],
  driver: DriverDescription,
  seed: number,
): Candidate[] {
  return traces.flatMap(({ path, file }) => {
    const candidate: Candidate = {
      name: path,
      ...readProgram(file, path),
      ...(file.device ? { device: file.device } : {}),
    };
    const random = new Random(derive(seed, `neighbours of ${path}`));
    const near = neighbours(
      candidate,
      count => random.below(count),
      step => callOfStep(driver, step)?.semantics.tier === 'destructive',
    );
    return [candidate, ...near];
  });
}
