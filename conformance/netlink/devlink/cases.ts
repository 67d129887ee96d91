/** The cases about devlink, each with the clauses that it tells about. */
import type { Case } from '../../plan/case.ts';
import { flashCases } from './flash-cases.ts';
import { healthCases } from './health-cases.ts';
import { instanceCases } from './instance-cases.ts';
import type { DevlinkPeer } from './peer.ts';
import { refusalCases } from './refusal-cases.ts';

export const devlinkCases = (peer: DevlinkPeer): Case[] => [
  ...instanceCases(peer),
  ...flashCases(peer),
  ...healthCases(peer),
  ...refusalCases(peer),
];
