/** Where the device of a node stands: with the driver that can be taken from it, and with what manages it. */
import type { Link } from '../../schemas/index.ts';
import { isAtLeast, type Tier } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { findBinding } from './binding.ts';
import type { Identity } from './identity.ts';
import { findManaged } from './managed-device.ts';

export type Place = Pick<PlanContext, 'binding' | 'managed'>;

export async function findPlace(link: Link, { nodePath, minor }: Identity, tier: Tier): Promise<Place> {
  const managed = await findManaged(link, nodePath, minor);
  const binding = isAtLeast(tier, 'disturbing') ? await findBinding(link, nodePath, minor) : undefined;
  return { ...(binding ? { binding } : {}), ...(managed ? { managed } : {}) };
}
