/** The targets `reference:drm-ras`. */
import { netlinkFamilies } from '../../schemas/index.ts';
import type { Target } from '../run/target.ts';
import { UsageError } from '../run/usage-error.ts';
import { deviationsOf } from './description.ts';
import { RAS, type RasModel, rasReference } from './peer.ts';
import { rasMutants } from './ras-mutants.ts';

/** Names of targets that speak a netlink family, and the family's file. */
export const NETLINK_TARGETS: ReadonlyMap<string, string> = new Map([['drm-ras', RAS]]);

export function openRasReference(text: string, options: Readonly<Record<string, string>>): Target {
  const { as, mutant, ...others } = options;
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new UsageError(`the target ${text} takes no ${other}; expected as=linux-RELEASE or mutant=ID`);
  const family = netlinkFamilies().get(RAS)!;
  const release = as === undefined ? family.kernel : /^linux-(\d+\.\d+(?:\.\d+)?)$/.exec(as)?.[1];
  if (release === undefined) throw new UsageError(`as=${as} is no kernel release; expected as=linux-7.3`);
  const known = rasMutants.find(({ id }) => id === mutant);
  if (mutant !== undefined && !known)
    throw new UsageError(
      `there is no mutant ${mutant} of drm-ras; expected one of ${rasMutants.map(({ id }) => id).join(', ')}`,
    );
  const found = as === undefined ? [] : deviationsOf(family, release).map(({ fault }) => fault);
  const faults = [...found, ...(known ? [known.fault] : [])] as NonNullable<RasModel['faults']>;
  const link = rasReference({ abi: 'x86_64', release, faults });
  return { name: text, kind: 'reference', met: 'model', link, netlink: RAS, close: () => link.close() };
}
