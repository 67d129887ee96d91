/** Something that can be validated. */
import type { DriverDescription, Link } from '../../schemas/index.ts';

export interface Target {
  readonly name: string;
  readonly kind: string;
  readonly met: 'kernel' | 'model';
  readonly link: Link;
  readonly nodePath?: string;
  /** The netlink family that it answers, in the place of a node: the name of its profile in conformance/netlink. */
  readonly netlink?: string;
  /** The driver that the target must have, when its name says so. */
  readonly driver?: string;
  /** What a reference without a fault acts by. */
  readonly description?: DriverDescription;
  /** What a dead machine's console said last, to tell a panic from a lost link. */
  postmortem?(): Promise<string>;
  /** Boots the machine anew in the place of one that was lost: `link` then leads to it. Absent where nothing can. */
  reopen?(): Promise<void>;
  close(): Promise<void>;
}
