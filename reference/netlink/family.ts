/** What a generic netlink family of the simulated kernel is. */
import type { Fields, NetlinkFamily } from '../../schemas/index.ts';

/** The other end of a request. */
export interface Caller {
  /** Effective capabilities of the process, as in CapEff. */
  readonly capabilities: bigint;
  /** Those of whoever opened the socket. */
  readonly opener: bigint;
}

/** A request that has passed what every family checks. */
export interface Request {
  readonly operation: string;
  readonly mode: 'do' | 'dump';
  /** Attributes by their names; the last one of a name counts. */
  readonly values: ReadonlyMap<string, bigint | string>;
}

/** What only the family knows of a request. */
export interface Situation {
  exists(object: string, by: readonly string[]): boolean;
  offers(operation: string): boolean;
  /** An errno stands for a condition that holds where the driver chooses it. */
  named(name: string): boolean | string;
}

/** Messages of a dump, made when they are asked for; what it returns is the errno at its end. */
export type Dump = Generator<Fields, string | undefined>;

export interface FamilyModel {
  readonly description: NetlinkFamily;
  /** Number of the family. */
  readonly number: number;
  readonly groups: ReadonlyMap<string, number>;
  situation(request: Request): Situation;
  /** Does it; the reply's attributes, or nothing. */
  act(request: Request): Fields | undefined;
  dump(request: Request): Dump;
}

/** Ways in which the machinery around the families can be wrong. */
export type NetlinkFault =
  | 'unprivileged'
  | 'opener-only'
  | 'no-extack'
  | 'wrong-missing-type'
  | 'extra-ignored'
  | 'short-accepted'
  | 'no-done'
  | 'other-sequence'
  | 'datagram-loses'
  | 'no-multi'
  | 'ack-forgotten'
  | 'command-falls-back'
  | 'reserved-ignored';
