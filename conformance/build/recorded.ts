/** The recorded deviations that a run on a kernel has to show: none less, and no difference beside them. */
import { catalogue, type Deviation, netlinkFamilies } from '../../schemas/index.ts';
import { deviationsOf } from '../netlink/description.ts';
import { inRange } from '../run/explain.ts';

/** What it hangs on whether one is asked for; those of a netlink family have no kind and no tier. */
type Shown = Pick<Deviation, 'id' | 'evidence'> & Partial<Pick<Deviation, 'kind' | 'tier'>>;

/**
 * A choice that a driver may make is none that a run must show, nor is what came later than the kernel, nor what takes a
 * tier that the checks of many programs on one machine do not go to, nor what was read in the source and never seen.
 */
export function recorded(driver: string, release: string): string[] {
  const description = catalogue().drivers.get(driver);
  const family = [...netlinkFamilies().values()].find(({ spec }) => spec.name === driver);
  const found: readonly Shown[] = description
    ? inRange(description, release)
    : family
      ? deviationsOf(family, release)
      : [];
  return found
    .filter(
      ({ kind, tier, evidence }) =>
        kind !== 'choice' && kind !== 'older' && tier === undefined && evidence === 'seen',
    )
    .map(({ id }) => id)
    .sort();
}
