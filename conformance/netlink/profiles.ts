import { devlinkProfile } from './devlink/profile.ts';
import type { NetlinkPeer, NetlinkProfile } from './profile.ts';
import { rasProfile } from './ras-profile.ts';

/** A profile is asked only about peers that it has found itself. */
const profiles = [rasProfile, devlinkProfile] as unknown as readonly NetlinkProfile<NetlinkPeer>[];

/** By the name of targets. */
export const netlinkProfiles: ReadonlyMap<string, NetlinkProfile> = new Map(
  profiles.map(each => [each.name, each]),
);

export const netlinkMutants = profiles.flatMap(({ mutants }) => mutants);
