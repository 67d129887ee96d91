/** The files of a machine with one accel device, as Linux shows them. */

import type { CoreFaults } from '../model/faults.ts';
import { FileTree } from './file-tree.ts';

export const ACCEL_MAJOR = 261;

/** Documentation/accel/introduction.rst and drivers/accel/drm_accel.c:22-106. */
export function machineFiles(minor: number, faults: CoreFaults): FileTree {
  const tree = new FileTree();
  const major = faults.major ?? ACCEL_MAJOR;
  const text = (path: string, content: string) => {
    const changed = faults.file ? faults.file(path, content) : content;
    if (changed !== undefined) tree.add(path, { kind: 'text', content: changed });
  };
  const name = `accel${minor}`;
  const parent = '/sys/devices/platform/reference-npu';
  const device = `${parent}/accel/${name}`;
  text(`${device}/uevent`, `MAJOR=${major}\nMINOR=${minor}\nDEVNAME=accel/${name}\nDEVTYPE=accel_minor\n`);
  text(`${device}/dev`, `${major}:${minor}\n`);
  tree.add(`${device}/device`, { kind: 'link', target: '../../../reference-npu' });
  tree.add(`${device}/subsystem`, { kind: 'link', target: '../../../../../class/accel' });
  for (const file of ['uevent', 'dev']) {
    const node = tree.get(`${device}/${file}`);
    if (node) tree.add(`/sys/class/accel/${name}/${file}`, node);
  }
  tree.add(`/sys/class/accel/${name}/device`, { kind: 'link', target: '../../../reference-npu' });
  tree.add(`/sys/class/accel/${name}/subsystem`, { kind: 'link', target: '../../../../../class/accel' });
  text('/proc/devices', `Character devices:\n  1 mem\n226 drm\n${major} accel\n\nBlock devices:\n`);
  tree.add(`/dev/accel/${name}`, { kind: 'character', major, minor, mode: 0o20600 });
  tree.add('/tmp', { kind: 'directory' });
  return tree;
}
