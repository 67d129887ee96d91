/** A netlink socket: datagrams that wait, and a dump that goes on while they are read (net/netlink/af_netlink.c). */
import { encodeDone, errnoNumber, join } from '../../schemas/index.ts';

/** NLMSG_GOODSIZE of a machine with pages of 4 KiB: what is left of a page beside struct skb_shared_info. */
export const DATAGRAM_BYTES = 3776;

export interface RunningDump {
  readonly sequence: number;
  readonly messages: Iterator<Uint8Array, string | undefined>;
  /** A message that did not fit. */
  held?: Uint8Array;
  /** Faults: what does not fit is lost; the end is not told. */
  readonly loses: boolean;
  readonly endless: boolean;
}

export class NetlinkSocket {
  readonly queue: Uint8Array[] = [];
  readonly groups = new Set<number>();
  readonly port: number;
  readonly opener: bigint;
  dump: RunningDump | undefined;

  constructor(port: number, opener: bigint) {
    this.port = port;
    this.opener = opener;
  }

  /** The next datagram; a dump that runs makes the one after it. */
  take(): Uint8Array | undefined {
    const first = this.queue.shift();
    if (first && this.dump) this.goOn();
    return first;
  }

  /** Makes one datagram of the dump; the last one has its end. */
  goOn(): void {
    const { dump } = this;
    if (!dump) return;
    const made: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const next = dump.held ? { done: false as const, value: dump.held } : dump.messages.next();
      delete dump.held;
      if (next.done) {
        const errno = next.value === undefined ? 0 : errnoNumber(next.value);
        if (!dump.endless) made.push(encodeDone(dump.sequence, errno, this.port));
        this.dump = undefined;
        break;
      }
      if (length + next.value.length > DATAGRAM_BYTES) {
        if (!dump.loses) dump.held = next.value;
        break;
      }
      length += next.value.length;
      made.push(next.value);
    }
    this.queue.push(join(made));
  }
}
