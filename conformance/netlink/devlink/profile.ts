import type { NetlinkProfile } from '../profile.ts';
import { devlinkCases } from './cases.ts';
import { judgeDevlink } from './judge.ts';
import { devlinkMutants } from './mutants.ts';
import { DEVLINK, type DevlinkPeer, devlinkReference, identifyDevlink } from './peer.ts';
import { OPERATIONS, randomDevlinkCase } from './random.ts';

export const devlinkProfile: NetlinkProfile<DevlinkPeer> = {
  name: 'netdevsim',
  key: DEVLINK,
  mutants: devlinkMutants,
  operations: OPERATIONS,
  identify: identifyDevlink,
  params: ({ group }) => new Map([['group config', BigInt(group)]]),
  cases: devlinkCases,
  random: randomDevlinkCase,
  judge: judgeDevlink,
  reference: (release, faults) => devlinkReference({ abi: 'x86_64', release, faults }),
};
