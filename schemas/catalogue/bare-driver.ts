/** What stands for a driver that nobody has described: the core's calls, what was observed, and its header if there is one. */
import { buildTypeTable, type Facts } from '../layout/index.ts';
import {
  catalogue,
  type DriverDescription,
  type DriverManifest,
  isDriverNumber,
  shownWith,
} from './catalogue.ts';

/** What can be told from outside. */
export interface Observed {
  readonly node: 'accel' | 'render';
  readonly features: DriverManifest['features'];
  /** Whether its descriptors tell of the driver in fdinfo. */
  readonly fdinfo: boolean;
}

/**
 * Level L0; with facts L1: its numbers and layouts are known, and no call of its own is. Throws a LayoutError for facts
 * that contradict the core's.
 */
export function bareDriver({ node, features, fdinfo }: Observed, facts?: Facts): DriverDescription {
  const { core, shared, coreDeviations } = catalogue();
  const manifest: DriverManifest = { ...core.manifest, node, features, ...(fdinfo ? { fdinfo } : {}) };
  const plain = { ...core, manifest };
  const bare = { ...plain, deviations: shownWith(plain, coreDeviations) };
  if (!facts) return bare;
  const types = buildTypeTable([...shared.filter(({ header }) => header !== facts.header), facts]);
  const own = facts.ioctls.filter(
    ({ letter, number }) =>
      BigInt(letter) === types.constantValue('DRM_IOCTL_BASE') && isDriverNumber(types, number),
  );
  return {
    ...bare,
    manifest: { ...manifest, header: facts.header, level: 'L1' },
    types,
    facts,
    numbers: { ...core.numbers, driver: own.map(({ number }) => number) },
  };
}

/** Whether a driver of a number of its own is known by its header only. */
export function isHeaderOnly({ manifest, numbers }: DriverDescription): boolean {
  return (manifest.level === 'L0' || manifest.level === 'L1') && numbers.driver.length > 0;
}
