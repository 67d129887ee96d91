/** Where things of the descriptions stand on the site; these addresses never move. */
import type { CallDescription } from '../../schemas/index.ts';
import { slug } from './html.ts';

/** Owner of a call: `drm` for the core, else the driver. */
export const ownerOf = ({ id }: Pick<CallDescription, 'id'>): string => id.slice(0, id.indexOf('.'));

/** By its name alone, so that the address is the same before and after somebody describes the call. */
export function ioctlAddress(owner: string, name: string): string {
  const short = name.replace(/^DRM_IOCTL_/, '').replace(new RegExp(`^${owner.toUpperCase()}_`), '');
  return `/drivers/${owner}/${slug(short)}/`;
}

export const callAddress = (call: Pick<CallDescription, 'id' | 'name'>): string =>
  ioctlAddress(ownerOf(call), call.name);

export const structAddress = (owner: string, name: string): string =>
  `/drivers/${owner}/struct/${slug(name)}/`;

export const fieldAnchor = (path: string): string => `field-${slug(path)}`;
export const checkAnchor = (name: string): string => `check-${slug(name)}`;
