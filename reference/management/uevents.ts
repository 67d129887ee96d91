/** Uevents that the driver of a node sends, for sockets of NETLINK_KOBJECT_UEVENT (lib/kobject_uevent.c). */
import { ueventsDescription } from '../../schemas/index.ts';
import { PARENT } from '../machine/files.ts';
import type { nodeNames } from '../machine/node-names.ts';
import { NetlinkSocket } from '../netlink/socket.ts';
import type { HealthFault } from './health-faults.ts';

/** The group that the kernel itself sends to; udev has another. */
const GROUP = 1;
const FIRST_PORT = 2000;
const event = ueventsDescription().events.find(each => each.event === 'wedged')!;
const METHODS = event.properties!.find(({ name }) => name === 'WEDGED')!.values!;
/** They say nothing about a way back, so nothing stands beside them. */
const ALONE: ReadonlySet<string> = new Set(['none', 'unknown']);

export class Uevents {
  private readonly sockets = new Set<NetlinkSocket>();
  private readonly node: ReturnType<typeof nodeNames> & { readonly minor: number };
  private readonly faults: ReadonlySet<HealthFault>;
  private sequence = 1000;
  private there = true;

  constructor(node: Uevents['node'], faults: ReadonlySet<HealthFault>) {
    this.node = node;
    this.faults = faults;
  }

  open(capabilities: bigint): NetlinkSocket {
    const socket = new NetlinkSocket(FIRST_PORT + this.sockets.size, capabilities);
    this.sockets.add(socket);
    return socket;
  }

  /** The device comes or goes. */
  bound(there: boolean): void {
    this.there = there;
  }

  /** The driver gives the device up; false for ways back that are none, or when it has gone. */
  wedge(methods: readonly string[]): boolean {
    const { faults } = this;
    const known = methods.length > 0 && methods.every(each => METHODS.includes(each));
    if (!known || (methods.length > 1 && methods.some(each => ALONE.has(each)))) return false;
    if (!this.there && !faults.has('wedged-when-gone')) return false;
    if (faults.has('wedged-untold')) return true;
    const rank = (method: string) => METHODS.indexOf(method);
    const sorted = [...new Set(methods)].sort((a, b) => rank(a) - rank(b));
    const told = faults.has('wedged-harshest-first') ? sorted.reverse() : sorted;
    const named = told.map(each => (faults.has('wedged-own-word') && each === 'bus-reset' ? 'reset' : each));
    this.tell(faults.has('wedged-none-beside') ? ['none', ...named] : named);
    if (faults.has('wedged-twice')) this.tell(named);
    return true;
  }

  /** An error that the device recovers from is no reason to give it up. */
  failed(): void {
    if (this.faults.has('wedged-by-any-error')) this.tell(['rebind']);
  }

  private tell(methods: readonly string[]): void {
    const { node, faults } = this;
    const parent = `/devices/platform/${PARENT}`;
    const properties = faults.has('wedged-of-parent')
      ? { DEVPATH: parent, SUBSYSTEM: 'platform' }
      : {
          DEVPATH: `${parent}/${node.class}/${node.name}`,
          SUBSYSTEM: node.class,
          MAJOR: node.major,
          MINOR: node.minor,
          DEVNAME: node.devname,
          DEVTYPE: node.devtype,
        };
    this.sequence += 1;
    const all = { ACTION: event.action, ...properties, WEDGED: methods.join(','), SEQNUM: this.sequence };
    const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\0`);
    const bytes = new TextEncoder().encode(`${event.action}@${properties.DEVPATH}\0${lines.join('')}`);
    for (const socket of this.sockets) if (socket.groups.has(GROUP)) socket.queue.push(bytes);
  }
}
