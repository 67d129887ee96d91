import type { NetlinkFault, RasFault } from '../../reference/index.ts';
import { identifyRas } from './identify.ts';
import { judgeRas } from './judge.ts';
import { RAS, type RasPeer, rasReference } from './peer.ts';
import type { NetlinkProfile } from './profile.ts';
import { randomRasCase } from './random.ts';
import { rasCases } from './ras-cases.ts';
import { rasMutants } from './ras-mutants.ts';

type Fault = RasFault | NetlinkFault;

export const rasProfile: NetlinkProfile<RasPeer> = {
  name: 'drm-ras',
  key: RAS,
  mutants: rasMutants,
  operations: ['list-nodes', 'get-error-counter', 'clear-error-counter'],
  identify: identifyRas,
  params: ({ nodes }) => new Map([...nodes].map(([name, id]) => [`node ${name}`, BigInt(id)] as const)),
  cases: rasCases,
  random: randomRasCase,
  judge: (trace, peer, faults) => judgeRas(trace, peer, faults as readonly Fault[]),
  reference: (release, faults) =>
    rasReference({ abi: 'x86_64', release, faults: faults as readonly Fault[] }),
};
