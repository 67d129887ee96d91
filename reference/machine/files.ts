/** The files of a machine with one device, as Linux shows them. */

import type { CoreFaults } from '../model/faults.ts';
import { FileTree } from './file-tree.ts';
import { type NodeKind, nodeNames } from './node-names.ts';

/** Documentation/accel/introduction.rst and drivers/accel/drm_accel.c:22-106. */
export function machineFiles(minor: number, faults: CoreFaults, kind: NodeKind = 'accel'): FileTree {
  const tree = new FileTree();
  const names = nodeNames(kind, minor);
  const major = faults.major ?? names.major;
  const text = (path: string, content: string) => {
    const changed = faults.file ? faults.file(path, content) : content;
    if (changed !== undefined) tree.add(path, { kind: 'text', content: changed });
  };
  const { name } = names;
  const parent = '/sys/devices/platform/reference-npu';
  const device = `${parent}/${names.class}/${name}`;
  const inClass = `/sys/class/${names.class}/${name}`;
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
  const other = kind === 'accel' ? '226 drm\n' : '';
  text(
    '/proc/devices',
    `Character devices:\n  1 mem\n${other}${major} ${names.registered}\n\nBlock devices:\n`,
  );
  tree.add(names.path, { kind: 'character', major, minor, mode: 0o20600 });
  tree.add('/tmp', { kind: 'directory' });
  return tree;
}
