/** The nodes of accelerators on this machine: what is there, whose it is, and whether it may be opened. */
import { catalogue, type DriverDescription } from '../../schemas/index.ts';
import { type Check, missing, note, there } from './check.ts';
import type { Probes } from './probes.ts';

/** Folders of nodes, with the class in sysfs that knows their drivers. */
const KINDS = [
  { folder: '/dev/accel', sysfs: '/sys/class/accel', pattern: /^accel\d+$/, what: 'accel nodes' },
  { folder: '/dev/dri', sysfs: '/sys/class/drm', pattern: /^renderD\d+$/, what: 'render nodes' },
] as const;

/** The module behind a node, from sysfs, without opening the node: opening may wake a device. */
export function moduleOf(probes: Probes, path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const kind = KINDS.find(({ folder }) => path.startsWith(`${folder}/`));
  if (!kind) return undefined;
  const device = `${kind.sysfs}/${name}/device/driver`;
  return probes.linkName(`${device}/module`) ?? probes.linkName(device);
}

/** The description of a module's driver. */
export function driverOfModule(module: string | undefined): DriverDescription | undefined {
  // The kernel's names of modules and of their files differ in this letter.
  const plain = (name: string) => name.replaceAll('-', '_');
  return [...catalogue().drivers.values()].find(
    ({ name, manifest }) => module !== undefined && plain(manifest.module ?? name) === plain(module),
  );
}

/** One node that exists or was named. */
export function nodeCheck(probes: Probes, path: string): Check {
  const module = moduleOf(probes, path);
  const driver = module === undefined ? 'driver not told by sysfs' : `driver ${module}`;
  const why = probes.cannotOpen(path);
  if (why === '') return there(path, path, `${driver}, can be opened`);
  if (why === 'ENOENT')
    return missing(path, path, 'does not exist', "load its driver's module (modprobe NAME)");
  const group = probes.openGroup(path);
  return missing(
    path,
    path,
    `${driver}, may not be opened by user ${probes.uid} (${why})`,
    group === undefined ? 'run as root' : `adduser USER ${group} and log in again, or run as root`,
  );
}

export function nodeChecks(probes: Probes): Check[] {
  return KINDS.flatMap(({ folder, pattern, what }) => {
    const nodes = probes.names(folder).filter(name => pattern.test(name));
    return nodes.length > 0
      ? nodes.map(name => nodeCheck(probes, `${folder}/${name}`))
      : [note(folder, what, `${folder} has none`, "load a driver's module, or use qemu:NAME")];
  });
}
