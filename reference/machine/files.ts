/** The files of a machine with one device, as Linux shows them. */

import type { DriverDescription } from '../../schemas/index.ts';
import type { CoreFaults } from '../model/faults.ts';
import { FileTree } from './file-tree.ts';
import { type NodeKind, nodeNames } from './node-names.ts';

const BUS = '/sys/bus/platform';
/** The device that carries the node, as its bus names it. */
export const PARENT = 'reference-npu';

/** Files that the driver has in the folder of the device that carries the node, with what they hold. */
export type Attributes = ReadonlyMap<string, string>;

/** What a driver shows of its device parameters. */
export function attributesOf(
  { manifest }: DriverDescription,
  params: ReadonlyMap<string, bigint | string>,
): Attributes {
  const shown = Object.entries(manifest.params).flatMap(([name, { file }]): [string, string][] =>
    file === undefined || !params.has(name) ? [] : [[file, String(params.get(name))]],
  );
  return new Map(shown);
}

/** Documentation/accel/introduction.rst and drivers/accel/drm_accel.c:22-106. */
export function machineFiles(
  minor: number,
  faults: CoreFaults,
  kind: NodeKind = 'accel',
  driver = 'reference',
  attributes: Attributes = new Map(),
): FileTree {
  const tree = new FileTree();
  for (const file of ['bind', 'unbind'])
    tree.add(`${BUS}/drivers/${driver}/${file}`, { kind: 'text', content: '' });
  const names = nodeNames(kind, minor);
  const other = kind === 'accel' ? '226 drm\n' : '';
  const devices = `Character devices:\n  1 mem\n${other}${faults.major ?? names.major} ${names.registered}\n\nBlock devices:\n`;
  const changed = faults.file ? faults.file('/proc/devices', devices) : devices;
  if (changed !== undefined) tree.add('/proc/devices', { kind: 'text', content: changed });
  addNode(tree, minor, faults, kind, driver, attributes);
  tree.add('/tmp', { kind: 'directory' });
  return tree;
}

/** What appears with a device: its node, and its folders in sysfs. */
export function addNode(
  tree: FileTree,
  minor: number,
  faults: CoreFaults,
  kind: NodeKind,
  driver: string,
  attributes: Attributes = new Map(),
): void {
  const names = nodeNames(kind, minor);
  const major = faults.major ?? names.major;
  const text = (path: string, content: string) => {
    const changed = faults.file ? faults.file(path, content) : content;
    if (changed !== undefined) tree.add(path, { kind: 'text', content: changed });
  };
  const { device, inClass, byNumber } = foldersOf(minor, kind);
  const subsystem = `../../../../../class/${names.class}`;
  text(
    `${device}/uevent`,
    `MAJOR=${major}\nMINOR=${minor}\nDEVNAME=${names.devname}\nDEVTYPE=${names.devtype}\n`,
  );
  text(`${device}/dev`, `${major}:${minor}\n`);
  tree.add(`${device}/device`, { kind: 'link', target: '../../../reference-npu' });
  tree.add(`${device}/subsystem`, { kind: 'link', target: subsystem });
  for (const file of ['uevent', 'dev']) {
    const node = tree.get(`${device}/${file}`);
    if (node) tree.add(`${inClass}/${file}`, node);
  }
  tree.add(`${inClass}/device`, { kind: 'link', target: '../../../reference-npu' });
  tree.add(`${inClass}/subsystem`, { kind: 'link', target: subsystem });
  for (const [file, content] of attributes) text(`${inClass}/device/${file}`, `${content}\n`);
  tree.add(`${byNumber}/device`, { kind: 'link', target: `../../../${PARENT}` });
  tree.add(`${byNumber}/device/driver`, { kind: 'link', target: `../../../bus/platform/drivers/${driver}` });
  tree.add(`${byNumber}/device/subsystem`, { kind: 'link', target: '../../../bus/platform' });
  tree.add(names.path, { kind: 'character', major, minor, mode: 0o20600 });
}

function foldersOf(minor: number, kind: NodeKind) {
  const names = nodeNames(kind, minor);
  return {
    device: `/sys/devices/platform/${PARENT}/${names.class}/${names.name}`,
    inClass: `/sys/class/${names.class}/${names.name}`,
    byNumber: `/sys/dev/char/${names.major}:${minor}`,
  };
}

/** Takes away what came with the device; the folder of the nodes goes with the last of them. */
export function removeNode(tree: FileTree, minor: number, kind: NodeKind): void {
  const { path } = nodeNames(kind, minor);
  for (const folder of Object.values(foldersOf(minor, kind))) tree.remove(folder);
  tree.delete(path);
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (tree.list(folder).length === 0) tree.delete(folder);
}
