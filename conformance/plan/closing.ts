/** Programs that close a file whose buffers live on, in a job that runs or as a dma-buf. */
import type { Case } from './case.ts';
import type { PlanContext } from './context.ts';

/**
 * Drivers that take the kernel along then, as found, and the deviation that says so. One such file may do no harm; a run
 * that goes on after some does not get far.
 */
const DEADLY: Readonly<Record<string, string>> = {
  rocket: 'rocket.create_bo.outlives-its-file',
};

/** The tier of such a program. */
export function closingEarly({ driver }: PlanContext): Pick<Case, 'tier'> {
  return DEADLY[driver.name] === undefined ? {} : { tier: 'destructive' };
}
