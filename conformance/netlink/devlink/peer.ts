/** A peer that speaks devlink over devices of netdevsim. */
import {
  createReference,
  Devlink,
  type DevlinkFault,
  GenericNetlink,
  NETDEVSIM_DEL,
  NETDEVSIM_NEW,
  NETDEVSIM_PORTS,
  NETDEVSIM_STEADY,
  type NetlinkFault,
} from '../../../reference/index.ts';
import { type AbiName, catalogue, errnoName, type Link, netlinkFamilies } from '../../../schemas/index.ts';
import { TargetError } from '../../run/identity.ts';
import { familyNumbers } from '../identify.ts';
import type { NetlinkPeer } from '../profile.ts';
import { NetlinkScene } from '../scene.ts';

export const DEVLINK = 'devlink';

export interface DevlinkPeer extends NetlinkPeer {
  /** Number of the multicast group. */
  readonly group: number;
}

export interface DevlinkModel {
  readonly abi: AbiName;
  readonly family?: number;
  readonly group?: number;
  readonly indices?: ReadonlyMap<number, readonly number[]>;
  readonly faults?: readonly string[];
  readonly release?: string;
}

/** A machine with netdevsim, as a model; it has an accelerator too, which nobody asks. */
export function devlinkReference({ abi, family, group, indices, faults = [], release }: DevlinkModel): Link {
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
      const devlink = new Devlink({
        ...(family === undefined ? {} : { number: family }),
        ...(group === undefined ? {} : { group }),
        ...(indices ? { indices } : {}),
        faults: faults as readonly DevlinkFault[],
      });
      // Attached before anything is written: what is told early has nobody that listens.
      const bus = new GenericNetlink([devlink], faults as readonly NetlinkFault[]);
      return { netlink: () => bus, written: (path, text) => devlink.written(path, text) };
    },
  });
}

export async function identifyDevlink(link: Link): Promise<DevlinkPeer> {
  const { number, groups } = await familyNumbers(link, DEVLINK, 'take one that is built with NET_DEVLINK');
  const group = groups.get('config');
  if (group === undefined) throw new TargetError('the family devlink of the target has no group config');
  const scene = new NetlinkScene(netlinkFamilies().get(DEVLINK)!, number);
  for (const id of NETDEVSIM_STEADY) scene.command(NETDEVSIM_DEL, `${id}`);
  const made = NETDEVSIM_STEADY.map(id => scene.command(NETDEVSIM_NEW, `${id} ${NETDEVSIM_PORTS}`));
  const trace = await link.run(scene.build().program);
  for (const step of made) {
    const { errno } = trace.results[step] ?? { errno: 0 };
    if (errno !== 0)
      throw new TargetError(
        `${NETDEVSIM_NEW} cannot be written (${errnoName(errno)}); devices are made by the module that the kit builds (qemu:netdevsim), by root`,
      );
  }
  return { hello: link.hello, family: number, group };
}
