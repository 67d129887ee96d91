/** C21: a call does not look whether its caller may make it. */
import { droppedChecks } from './checks.ts';
import type { MutantSource } from './mutant.ts';

export const privilege: MutantSource = driver => droppedChecks(driver, 'C21');
