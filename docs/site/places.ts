/** Where things of the descriptions stand on the site; these addresses never move. */
import type { CallDescription } from '../../schemas/index.ts';
import { slug } from './html.ts';

/** Owner of a call: `drm` for the core, else the driver. */
export const ownerOf = ({ id }: Pick<CallDescription, 'id'>): string => id.slice(0, id.indexOf('.'));

export const callAddress = (call: Pick<CallDescription, 'id' | 'semantics'>): string =>
  `/drivers/${ownerOf(call)}/${slug(call.semantics.key)}/`;

export const structAddress = (owner: string, name: string): string =>
  `/drivers/${owner}/struct/${slug(name)}/`;

export const fieldAnchor = (path: string): string => `field-${slug(path)}`;
export const checkAnchor = (name: string): string => `check-${slug(name)}`;
