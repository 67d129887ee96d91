/** What a run has to know of a peer that speaks a netlink family: how it is found, asked, and judged by its model. */
import type { Hello, Link, Trace } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { StepJudgement } from '../judge/follower.ts';
import type { Case } from '../plan/case.ts';

export interface NetlinkPeer {
  readonly hello: Hello;
  /** Number of the family. */
  readonly family: number;
}

export interface NetlinkMutant {
  /** TARGET.FAULT */
  readonly id: string;
  readonly fault: string;
  readonly summary: string;
  readonly clauses: readonly ClauseId[];
}

export interface NetlinkProfile<P extends NetlinkPeer = NetlinkPeer> {
  /** Of targets: reference:NAME, qemu:NAME. */
  readonly name: string;
  /** The family's file. */
  readonly key: string;
  readonly mutants: readonly NetlinkMutant[];
  /** The operations that random programs ask. */
  readonly operations: readonly string[];
  /** Throws a TargetError with one sentence. */
  identify(link: Link): Promise<P>;
  /** What a run tells of the peer. */
  params(peer: P): ReadonlyMap<string, bigint>;
  cases(peer: P): Case[];
  random(peer: P, seed: number, index: number): Case;
  judge(trace: Trace, peer: P, faults?: readonly string[]): Promise<StepJudgement[]>;
  reference(release: string, faults: readonly string[]): Link;
}
