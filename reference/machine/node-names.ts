/** What the kernel calls a node: drivers/accel/drm_accel.c:22-35 and drivers/gpu/drm/drm_sysfs.c:109-155. */
export const ACCEL_MAJOR = 261;
export const RENDER_MAJOR = 226;

export type NodeKind = 'accel' | 'render';

export interface NodeNames {
  readonly major: number;
  /** The name of the major in /proc/devices. */
  readonly registered: string;
  /** Folder of /sys/class. */
  readonly class: string;
  readonly name: string;
  readonly devname: string;
  readonly devtype: string;
  readonly path: string;
}

export function nodeNames(kind: NodeKind, minor: number): NodeNames {
  const [major, registered, group, name, folder, devtype] =
    kind === 'accel'
      ? ([ACCEL_MAJOR, 'accel', 'accel', `accel${minor}`, 'accel', 'accel_minor'] as const)
      : ([RENDER_MAJOR, 'drm', 'drm', `renderD${minor}`, 'dri', 'drm_minor'] as const);
  const devname = `${folder}/${name}`;
  return { major, registered, class: group, name, devname, devtype, path: `/dev/${devname}` };
}

export function nodeKindOf(path: string): NodeKind {
  return path.startsWith('/dev/dri/') ? 'render' : 'accel';
}

/** The primary node of the device whose render node has this minor, when no device lacks either. */
export function primaryPath(renderMinor: number): string {
  return `/dev/dri/card${renderMinor - firstMinor('render')}`;
}

/** The first minor number of a kind of node. */
export function firstMinor(kind: NodeKind): number {
  return kind === 'accel' ? 0 : 128;
}
