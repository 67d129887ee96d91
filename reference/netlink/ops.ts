/** The steps netlink and membership, and read, write and poll of such a socket. */
import { type Op, systemConstant } from '../../schemas/index.ts';
import type { Machine, StepOutcome } from '../machine/machine.ts';
import { GenericNetlink } from './bus.ts';
import type { NetlinkSocket } from './socket.ts';

const NETLINK_KOBJECT_UEVENT = 15n;
const NETLINK_GENERIC = 16n;
/** MAX_LINKS (include/uapi/linux/netlink.h). */
const MOST_PROTOCOL = 32n;
const POLLIN = BigInt(systemConstant('POLLIN'));
const POLLOUT = BigInt(systemConstant('POLLOUT'));

export const NETLINK_OPS: ReadonlySet<Op> = new Set<Op>(['netlink', 'membership']);

export interface SocketFile {
  readonly kind: 'netlink';
  readonly socket: NetlinkSocket;
  /** Of uevents, which are heard and not asked for. */
  readonly hears?: true;
}

const buses = new WeakMap<Machine, GenericNetlink>();
const busOf = (machine: Machine): GenericNetlink => {
  const bus = buses.get(machine) ?? machine.options.netlink?.(machine) ?? new GenericNetlink([]);
  buses.set(machine, bus);
  return bus;
};

export function runNetlinkOp(machine: Machine, op: Op, args: readonly bigint[]): StepOutcome {
  const [first = 0n, second = 0n] = args;
  if (op === 'membership') {
    const file = machine.descriptors.get(BigInt.asIntN(32, first))?.file;
    if (!file) return machine.badDescriptor();
    if (file.kind !== 'netlink') return machine.fail('ENOTSOCK');
    file.socket.groups.add(Number(BigInt.asIntN(32, second)));
    return { ...machine.done(0n), open: true };
  }
  if (BigInt.asIntN(32, first) < 0n || BigInt.asIntN(32, first) >= MOST_PROTOCOL)
    return machine.fail('EPROTONOSUPPORT');
  const protocol = BigInt.asIntN(32, first);
  const uevents = protocol === NETLINK_KOBJECT_UEVENT ? machine.options.uevents : undefined;
  if (protocol !== NETLINK_GENERIC && !uevents) return { ...machine.fail('EPROTONOSUPPORT'), open: true };
  const descriptor = machine.newDescriptor();
  if (descriptor < 0n) return { ...machine.fail('EMFILE'), open: true };
  const socket = uevents?.(machine.capabilities) ?? busOf(machine).open(machine.capabilities);
  const file: SocketFile = { kind: 'netlink', socket, ...(uevents ? { hears: true } : {}) };
  machine.descriptors.set(descriptor, { file, closeOnExec: true });
  return machine.done(descriptor);
}

/** The second and third argument are address and length, or events and timeout. */
export function onSocket(
  machine: Machine,
  op: Op,
  { socket, hears }: SocketFile,
  second: bigint,
  third: bigint,
): StepOutcome {
  switch (op) {
    case 'write': {
      if (hears) return { ...machine.fail('EPERM'), open: true };
      const bytes = machine.memory.read(second, Number(third));
      busOf(machine).send(socket, bytes, machine.capabilities);
      return machine.done(third);
    }
    case 'read': {
      const first = socket.take();
      if (!first) return machine.fail('EAGAIN');
      const given = first.subarray(0, Number(third));
      machine.memory.write(second, given);
      return machine.done(BigInt(given.length));
    }
    case 'poll': {
      const ready = POLLOUT | (socket.queue.length > 0 ? POLLIN : 0n);
      if ((ready & second) === 0n) machine.rest(BigInt.asIntN(32, third));
      return { ...machine.done(ready & second), open: true };
    }
    default:
      return machine.fail('ESPIPE');
  }
}
