/** What kind of file a descriptor is, by the path that strace -y prints. */
import { catalogue } from '../../schemas/index.ts';
import type { Scope } from './candidates.ts';

/** A driver's control node, such as /dev/accel/accel_controlD0. */
function controlOf(path: string): Scope | undefined {
  const driver = [...catalogue().drivers.values()].find(
    ({ manifest }) => manifest.control?.replace(/N$/, '') === path.replace(/\d+$/, ''),
  );
  return driver && { node: 'accel', driver: driver.name };
}

/** The part of a scope that a path tells; `other` for a file of which the collection says nothing. */
export function kindOfPath(path: string): Scope | 'other' | undefined {
  if (/^\/dev\/accel\/accel\d+$/.test(path)) return { node: 'accel' };
  if (/^\/dev\/dri\/(renderD|card)\d+$/.test(path)) return { node: 'render' };
  // A dma-buf is a file of a file system of its own, a sync file an anonymous inode.
  if (/^(anon_inode:)?\/?\[?dmabuf\]?(:|$)/.test(path)) return { node: 'dma-buf' };
  if (/^anon_inode:\[?sync_file\]?/.test(path)) return { node: 'sync-file' };
  // The path of a node that is gone, or that somebody made elsewhere, tells nothing.
  if (!path.startsWith('/') || path.endsWith('(deleted)')) return path.includes(':[') ? 'other' : undefined;
  return controlOf(path) ?? (/accel|dri\//.test(path) ? undefined : 'other');
}
