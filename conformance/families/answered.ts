/** Clauses about the errno itself: what a call ends with, whatever the description of the driver has. */
import { errnoName, type Trace } from '../../schemas/index.ts';

/** What is wrong with how the steps ended: each of them is to be refused with one of the errnos. */
export function answered(
  trace: Trace,
  steps: readonly number[],
  allowed: readonly string[],
): string | undefined {
  for (const step of steps) {
    const result = trace.results[step];
    if (result?.status !== 'done') continue;
    const ending = result.errno === 0 ? 'success' : errnoName(result.errno);
    if (!allowed.includes(ending))
      return `step ${step}: ended with ${ending}, expected ${allowed.join(' or ')}`;
  }
  return undefined;
}

/** What a call without the right to make it may be refused with (Documentation/gpu/drm-uapi.rst:574). */
export const NO_RIGHT = ['EPERM', 'EACCES'] as const;
