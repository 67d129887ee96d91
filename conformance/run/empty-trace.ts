/** What there is of a program that did not run, or not to its end. */
import type { Trace } from '../../schemas/index.ts';
import type { LinkError } from '../link/link-error.ts';
import type { Case } from '../plan/case.ts';

/** The first step without a result. */
export const firstWithout = ({ results }: LinkError) => (results.at(-1)?.step ?? -1) + 1;

export function emptyTrace(one: Case): Trace {
  return { program: one.program, results: [], log: [], end: { status: 'complete', taint: 0n, stack: '' } };
}
