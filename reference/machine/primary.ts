/** The primary node of the device, beside a node that makes no buffers itself. */
import type { DriverDescription } from '../../schemas/index.ts';
import type { FileTree } from './file-tree.ts';
import { firstMinor, primaryPath, RENDER_MAJOR } from './node-names.ts';

/** Adds it to the machine's files; undefined where the kit has no use for it. */
export function addPrimary(machine: {
  readonly driver: DriverDescription;
  readonly minor: number;
  readonly files: FileTree;
}): { readonly path: string; readonly minor: bigint } | undefined {
  if (machine.driver.primary.size === 0) return undefined;
  const path = primaryPath(machine.minor);
  const minor = machine.minor - firstMinor('render');
  machine.files.add(path, { kind: 'character', major: RENDER_MAJOR, minor, mode: 0o20600 });
  return { path, minor: BigInt(minor) };
}
