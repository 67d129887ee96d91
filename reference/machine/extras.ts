import type { GenericNetlink } from '../netlink/bus.ts';

/** What a machine has besides its accelerator. */
export interface MachineExtras {
  /** Makes what answers on netlink sockets; no family does without it. */
  readonly netlink?: () => GenericNetlink;
  /** Takes what is written into a file of a driver; undefined for any other file. */
  readonly written?: (path: string, text: string) => { readonly errno?: string } | undefined;
}
