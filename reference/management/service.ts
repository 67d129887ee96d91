/** What a machine has of the management profile besides the node for information. */

import type { MachineExtras } from '../machine/extras.ts';
import type { FileTree } from '../machine/file-tree.ts';
import { PARENT } from '../machine/files.ts';
import { GenericNetlink } from '../netlink/bus.ts';
import type { NetlinkFault } from '../netlink/family.ts';
import { Coredumps } from './coredump.ts';
import { type DeviceFault, ManagedDevlink } from './devlink.ts';
import type { HealthFault } from './health-faults.ts';
import { Uevents } from './uevents.ts';

/** Where files of firmware lie. */
export const FIRMWARE_FOLDER = '/lib/firmware';
/** How the reference is told to fail: `error REPORTER TEXT`, `recovery fails|works`, `interrupt BYTES`, `power`, `wedge WAY,...`. */
export const MANAGEMENT_KNOB = '/sys/kernel/debug/accel/0/management';
export const MANAGED_BUS = 'platform';

export type ManagementFault = DeviceFault | Extract<NetlinkFault, 'unprivileged' | 'no-extack'>;

export function managementExtras(
  files: FileTree,
  driver: string,
  faults: readonly ManagementFault[],
  node: ConstructorParameters<typeof Uevents>[0],
): MachineExtras {
  let pause: (() => void) | undefined;
  const own = faults as readonly DeviceFault[];
  const coredumps = new Coredumps(
    files,
    `../../../platform/${PARENT}`,
    new Set(faults as readonly HealthFault[]),
  );
  const uevents = new Uevents(node, new Set(faults as readonly HealthFault[]));
  const devlink = new ManagedDevlink({ driver, bus: MANAGED_BUS, name: PARENT }, own, {
    failed: text => {
      coredumps.take(text);
      uevents.failed();
    },
    recovered: () => coredumps.recovered(),
    pause: () => pause?.(),
  });
  const bus = new GenericNetlink([devlink], faults as readonly NetlinkFault[]);
  const knob = (text: string): string | undefined => {
    const [word, first = '', ...rest] = text.trim().split(' ');
    if (word === 'error') return devlink.report(first, rest.join(' ')) ? undefined : 'ENODEV';
    if (word === 'recovery') devlink.recoveryFails = first === 'fails';
    else if (word === 'wedge') return uevents.wedge(first.split(',')) ? undefined : 'ENODEV';
    else if (word === 'interrupt') devlink.firmware.interruptAt = Number(first);
    else if (word === 'power') devlink.firmware.activate('restart');
    else return 'EINVAL';
    return undefined;
  };
  return {
    netlink: machine => {
      pause = () => machine?.letOthersIn?.();
      return bus;
    },
    uevents: capabilities => uevents.open(capabilities),
    bound: there => {
      devlink.bound(there);
      uevents.bound(there);
    },
    written: (path, text) => {
      if (path === MANAGEMENT_KNOB) {
        const errno = knob(text);
        return errno === undefined ? {} : { errno };
      }
      if (path.startsWith(`${FIRMWARE_FOLDER}/`)) {
        devlink.images.set(path.slice(FIRMWARE_FOLDER.length + 1), text);
        return {};
      }
      return coredumps.written(path) ? {} : undefined;
    },
  };
}
