/**
 * The node for information beside the compute node (spec/chapters/18-control.md): a character device of its own, which
 * takes the calls of a list and refuses all others by their numbers, as the one of habanalabs does
 * (drivers/accel/habanalabs/common/habanalabs_ioctl.c:1297). What it takes one handler answers for both nodes.
 */
import { decodeRequest, type Op, systemConstant } from '../../schemas/index.ts';
import type { FileTree } from '../machine/file-tree.ts';
import type { Machine, MachineOptions, StepOutcome } from '../machine/machine.ts';
import { controlFault, ignored, telling } from '../management/control-faults.ts';
import { controlPath } from '../management/queries.ts';
import { type IoctlHost, type IoctlResult, ioctl } from './ioctl.ts';
import { Client, type Device } from './objects.ts';
import { primaryIoctl } from './primary-node.ts';

/** The first of the majors that are given out at run time, from the top (include/linux/fs.h: CHRDEV_MAJOR_DYN_END). */
const DYNAMIC_MAJOR = 234;
/** What poll() tells of a file that has no such operation (include/linux/poll.h:24). */
const DEFAULT_POLLMASK = ['POLLIN', 'POLLOUT', 'POLLRDNORM', 'POLLWRNORM'].reduce(
  (mask, name) => mask | BigInt(systemConstant(name)),
  0n,
);
/** What a call is refused with that the node does not take. */
const REFUSED = 'ENOTTY';

type Options = Pick<MachineOptions, 'driver' | 'files' | 'minor'>;

export function addControl({ driver, files, minor }: Options): void {
  const path = controlPath(driver, minor);
  if (path !== undefined) addControlFile(files, path, minor);
}

function addControlFile(files: FileTree, path: string, minor: number): void {
  files.add(path, { kind: 'character', major: DYNAMIC_MAJOR, minor, mode: 0o20600 });
}

/** It comes with a device. */
export function showControl({ driver, files }: Machine, { minor }: Device): void {
  addControl({ driver, files, minor: Number(minor) });
}

/** It goes with its device. */
export function hideControl({ driver, faults, files }: Machine, { minor }: Device): void {
  const path = controlPath(driver, minor);
  if (path !== undefined && faults.control !== 'node-stays') files.delete(path);
}

/** Undefined for any other path. */
export function openControl(machine: Machine, path: string): StepOutcome | undefined {
  const { device, driver, faults } = machine;
  if (path !== controlPath(driver, device.minor)) return undefined;
  if (!device.present) return machine.fail('ENXIO');
  const others = [...device.clients].filter(client => client.control).length;
  if (faults.control === 'busy-opens' && device.openers > 0) return machine.fail('EBUSY');
  if (faults.control === 'one-opener' && others > 0) return machine.fail('EBUSY');
  const client = new Client(device, machine.privileged(), false, true);
  const descriptor = machine.newDescriptor();
  device.clients.add(client);
  machine.descriptors.set(descriptor, {
    file: { kind: 'node', client, nonBlocking: false },
    closeOnExec: false,
  });
  return machine.done(descriptor);
}

/** The fault `close-ends-clients`. */
export function endsClients({ faults }: Machine, client: Client): boolean {
  return client.control && faults.control === 'close-ends-clients';
}

/** What answers the calls of a client, by the node that it has opened. */
export function nodeIoctl(host: IoctlHost, client: Client, request: bigint, address: bigint): IoctlResult {
  if (client.primary) return primaryIoctl(host, client, request, address);
  return client.control
    ? controlIoctl(host, client, request, address)
    : ioctl(host, client, request, address);
}

function controlIoctl(host: IoctlHost, client: Client, request: bigint, address: bigint): IoctlResult {
  const { driver, device, faults } = host;
  const refuse = (errno: string): IoctlResult => ({ errno, origins: [], argument: { address, length: 0 } });
  if (!device.present && faults.control !== 'stale') return refuse('ENODEV');
  const { letter, number, size } = decodeRequest(Number(BigInt.asUintN(32, request)));
  const call = [...driver.calls.values()].find(
    each => each.request?.number === number && each.request.letter === letter,
  );
  const takes = call !== undefined && driver.manifest.control_calls!.includes(call.name);
  const wrong = controlFault(faults.control, { host, client, call, takes, address, size });
  if (typeof wrong === 'string') return refuse(wrong);
  if (!takes && wrong !== true) return refuse(REFUSED);
  const there = telling(device.present ? host : stale(host), client);
  return ignored(host, ioctl(there, client, request, address));
}

/** The fault `stale`: the device as it was. */
function stale(host: IoctlHost): IoctlHost {
  const there = Object.create(host.device, { unplugged: { value: false }, left: { value: false } });
  return Object.create(host, { device: { value: there } });
}

/** read(), poll(), lseek() and write(): it has none of these (fs/read_write.c, include/linux/poll.h). */
export function onControl(machine: Machine, op: Op, asked: bigint): StepOutcome {
  const { control } = machine.faults;
  if (op === 'poll') return machine.done(DEFAULT_POLLMASK & asked);
  if (op === 'read' && control === 'reads') return machine.done(0n);
  if (op === 'write' && control === 'writes') return machine.done(1n);
  return machine.fail(op === 'lseek' ? 'ESPIPE' : 'EINVAL');
}
