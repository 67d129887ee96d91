/** Traces of a mutant of the reference, for tests: the whole way from a run to a kept file, in this process. */
import { Selection } from '../run/select.ts';
import { validate } from '../run/validate.ts';
import { openTarget } from '../targets/open.ts';
import type { TraceFile } from './trace-file.ts';

/** A check that the reference does not make: a call with a reserved member that is not 0 succeeds. */
export const MUTANT = 'reference:ethosu,mutant=drop.ethosu.bo_mmap_offset.pad-nonzero';

/** Runs the clauses of `select` on a target and gives every trace that is kept, by its name. */
export async function keptTraces(target: string, select: string): Promise<Map<string, TraceFile>> {
  const kept = new Map<string, TraceFile>();
  const opened = await openTarget(target);
  try {
    await validate(
      opened,
      {
        seed: 1,
        runs: 0,
        tier: 'reversible',
        select: new Selection(select),
        requireMust: false,
        version: '0.0.0',
        now: () => performance.now(),
        keepTrace: (name, file) => {
          kept.set(name, file);
          return name;
        },
      },
      () => {},
    );
  } finally {
    await opened.close();
  }
  return kept;
}
