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
  /** Attributes by their names; the last one of a name counts. Of a bitfield32, the bits that are set and selected. */
  readonly values: ReadonlyMap<string, bigint | string>;
  /** The socket that asks. */
  readonly socket: object;
}

/** What a driver answers where it chooses, with words of its own or without. */
export interface DriverError {
  readonly errno: string;
  readonly message: boolean;
}

/** What only the family knows of a request. */
export interface Situation {
  exists(object: string, by: readonly string[]): boolean;
  offers(operation: string): boolean;
  /** An errno stands for a condition that holds where the driver chooses it. */
  named(name: string): boolean | string | DriverError;
  property?(object: string, property: string): bigint | undefined;
}

/** Tells whoever listens to a group, unless `wanted` says that a socket is not to hear of it. */
export type Notify = (operation: string, fields: Fields, wanted?: (socket: object) => boolean) => void;

/** Messages of a dump, made when they are asked for; what it returns is the errno at its end. */
export type Dump = Generator<Fields, string | undefined>;

export interface FamilyModel {
  readonly description: NetlinkFamily;
  /** Number of the family. */
  readonly number: number;
  readonly groups: ReadonlyMap<string, number>;
  situation(request: Request): Situation;
  /** Does it; the reply's attributes, or nothing; or several messages, which an end follows, or an errno. */
  act(request: Request): Fields | { readonly many: readonly Fields[]; readonly errno?: string } | undefined;
  /** What a request did all the same that this check of its operation refused. */
  refused?(request: Request, check: string): void;
  /** Called once, before anything is asked. */
  attach?(notify: Notify): void;
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
  | 'reserved-ignored'
  | 'told-to-all';
