/** A peer that speaks drm-ras: its numbers, and the nodes that it has. */

import type { NetlinkFault } from '../../reference/index.ts';
import {
  createReference,
  DrmRas,
  GenericNetlink,
  RAS_CONTROL,
  type RasFault,
} from '../../reference/index.ts';
import { type AbiName, catalogue, type Hello, type Link } from '../../schemas/index.ts';

export const RAS = 'drm_ras';

export interface RasPeer {
  readonly hello: Hello;
  /** Number of the family. */
  readonly family: number;
  /** Ids of the nodes by their names; one that comes and goes has the id that it had when it was looked for. */
  readonly nodes: ReadonlyMap<string, number>;
}

export interface RasModel {
  readonly abi: AbiName;
  readonly family?: number;
  readonly ids?: ReadonlyMap<string, readonly number[]>;
  readonly faults?: readonly (RasFault | NetlinkFault)[];
  readonly release?: string;
}

/** The machine with the provider of errors, as a model; it has an accelerator too, which nobody asks. */
export function rasReference({ abi, family, ids, faults = [], release }: RasModel): Link {
  const driver = catalogue().drivers.get('accelref')!;
  const [profile] = Object.keys(driver.manifest.profiles);
  return createReference({
    driver,
    profile: profile!,
    abi,
    ...(release === undefined ? {} : { release }),
    restarts: true,
    extra: () => {
      // Each part takes the faults that it knows.
      const ras = new DrmRas({
        ...(family === undefined ? {} : { number: family }),
        ...(ids ? { ids } : {}),
        faults: faults as readonly RasFault[],
      });
      return {
        netlink: () => new GenericNetlink([ras], faults as readonly NetlinkFault[]),
        written: (path, text) => {
          if (path !== RAS_CONTROL) return undefined;
          const errno = ras.control(text);
          return errno === undefined ? {} : { errno };
        },
      };
    },
  });
}
