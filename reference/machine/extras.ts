import type { GenericNetlink } from '../netlink/bus.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';

/** A machine whose lanes may run in the middle of a call. */
export interface LaneHost {
  readonly letOthersIn?: (() => void) | undefined;
}

/** What a machine has besides its accelerator. */
export interface MachineExtras {
  /** Makes what answers on netlink sockets; no family does without it. */
  readonly netlink?: (machine?: LaneHost) => GenericNetlink;
  /** Makes a socket that hears uevents, for who opens it with these capabilities. */
  readonly uevents?: (capabilities: bigint) => NetlinkSocket;
  /** Told when the driver has left its device, and when it is back. */
  readonly bound?: (there: boolean) => void;
  /** Takes what is written into a file of a driver; undefined for any other file. */
  readonly written?: (path: string, text: string) => { readonly errno?: string } | undefined;
}
