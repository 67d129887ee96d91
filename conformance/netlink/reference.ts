/** The targets `reference:drm-ras` and `reference:netdevsim`. */
import { netlinkFamilies } from '../../schemas/index.ts';
import type { Target } from '../run/target.ts';
import { UsageError } from '../run/usage-error.ts';
import { deviationsOf } from './description.ts';
import { netlinkProfiles } from './profiles.ts';

export function openNetlinkReference(
  text: string,
  peer: string,
  options: Readonly<Record<string, string>>,
): Target {
  const { as, mutant, ...others } = options;
  const { name, key, mutants, reference } = netlinkProfiles.get(peer)!;
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new UsageError(`the target ${text} takes no ${other}; expected as=linux-RELEASE or mutant=ID`);
  const family = netlinkFamilies().get(key)!;
  const release = as === undefined ? family.kernel : /^linux-(\d+\.\d+(?:\.\d+)?)$/.exec(as)?.[1];
  if (release === undefined) throw new UsageError(`as=${as} is no kernel release; expected as=linux-7.3`);
  const known = mutants.find(({ id }) => id === mutant);
  if (mutant !== undefined && !known)
    throw new UsageError(
      `there is no mutant ${mutant} of ${name}; expected one of ${mutants.map(({ id }) => id).join(', ')}`,
    );
  const found = as === undefined ? [] : deviationsOf(family, release).map(({ fault }) => fault);
  const link = reference(release, [...found, ...(known ? [known.fault] : [])]);
  return { name: text, kind: 'reference', met: 'model', link, netlink: name, close: () => link.close() };
}
