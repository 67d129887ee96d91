/** C03: sums and rounded sizes that wrap, or leave their range, are not refused. */
import { droppedChecks } from './checks.ts';
import type { MutantSource } from './mutant.ts';

export const sizeArithmetic: MutantSource = driver => droppedChecks(driver, 'C03');
