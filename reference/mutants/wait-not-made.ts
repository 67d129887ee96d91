/** C26: a wait does not look at the state that it is to wait for. */
import { droppedChecks } from './checks.ts';
import type { MutantSource } from './mutant.ts';

export const waitNotMade: MutantSource = driver => droppedChecks(driver, 'C26');
