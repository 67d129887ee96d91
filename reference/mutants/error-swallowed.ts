/** C12: memory cannot be reached, and the call succeeds all the same. */
import { droppedChecks } from './checks.ts';
import type { MutantSource } from './mutant.ts';

export const errorSwallowed: MutantSource = driver => droppedChecks(driver, 'C12');
