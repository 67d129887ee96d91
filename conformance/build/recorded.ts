/** The recorded deviations that a run on a kernel has to show: none less, and no difference beside them. */
import { catalogue } from '../../schemas/index.ts';
import { inRange } from '../run/explain.ts';

/**
 * A choice that a driver may make is none that a run must show, nor is what came later than the kernel, nor what takes a
 * tier that the checks of many programs on one machine do not go to, nor what was read in the source and never seen.
 */
export function recorded(driver: string, release: string): string[] {
  const description = catalogue().drivers.get(driver);
  if (!description) return [];
  return inRange(description, release)
    .filter(
      ({ kind, tier, evidence }) =>
        kind !== 'choice' && kind !== 'older' && tier === undefined && evidence === 'seen',
    )
    .map(({ id }) => id)
    .sort();
}
