/** C01: members that must be zero are not checked, or not in full. */
import { droppedChecks, narrowedChecks } from './checks.ts';
import type { MutantSource } from './mutant.ts';

export const reservedNotChecked: MutantSource = driver => [
  ...droppedChecks(driver, 'C01'),
  ...narrowedChecks(driver, 'C01'),
];
