/** Programs that close a file whose buffers live on, in a job that runs or as a dma-buf. */
import type { Case } from './case.ts';
import type { PlanContext } from './context.ts';

/**
 * Deviations by which a driver takes the kernel along then. One such file may do no harm; a run that goes on after some
 * does not get far.
 */
const DEADLY = ['rocket.create_bo.outlives-its-file'];

/** The tier of such a program: while the deviation is on record, no run makes it unasked. */
export function closingEarly({ driver }: PlanContext): Pick<Case, 'tier'> {
  return driver.deviations.some(({ id }) => DEADLY.includes(id)) ? { tier: 'destructive' } : {};
}
