/** A netlink family in the place of a driver, for what a run says about its target. */
import {
  catalogue,
  type Deviation,
  type DriverDescription,
  type NetlinkDeviation,
  type NetlinkFamily,
} from '../../schemas/index.ts';
import { compareReleases } from '../run/release.ts';

/** The deviations on record for a kernel. */
export function deviationsOf({ deviations }: NetlinkFamily, release: string): NetlinkDeviation[] {
  return deviations.filter(
    ({ since, until }) =>
      compareReleases(release, since) >= 0 && (until === undefined || compareReleases(release, until) < 0),
  );
}

export function familyAsDriver(family: NetlinkFamily): DriverDescription {
  const { core } = catalogue();
  const { name, doc } = family.spec;
  const manifest = {
    ...core.manifest,
    summary: doc,
    header: family.header,
    kernel: family.kernel,
    level: 'L3' as const,
  };
  // No description of ioctls is edited by what a family does otherwise.
  const deviations = family.deviations.map(
    ({ operation, fault: _, ...rest }): Deviation =>
      ({ ...rest, rule: operation, patch: {} }) as unknown as Deviation,
  );
  return { ...core, name, manifest, calls: new Map(), files: new Map(), deviations };
}
