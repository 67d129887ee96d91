/** Opens a reference; nothing here needs Node, so that a browser can do it too. */
import { createReference, firstMinor, nodeNames, type ReferenceOptions } from '../../reference/index.ts';
import {
  ABI_NAMES,
  type AbiName,
  catalogue,
  type DriverDescription,
  isModelled,
  modelledDrivers,
} from '../../schemas/index.ts';
import { nearest } from '../cli/nearest.ts';
import { deviate, inRange } from '../run/explain.ts';
import { asOf } from '../run/identity.ts';
import type { Target } from '../run/target.ts';
import { UsageError } from '../run/usage-error.ts';
import type { TargetName } from './target-name.ts';

/** @param listed where a user finds what is known, when it is too much for a sentence */
export function oneOf<T extends string>(
  what: string,
  value: string,
  known: readonly T[],
  listed?: string,
): T {
  const found = known.find(each => each === value);
  if (found === undefined)
    throw new UsageError(
      `there is no ${what} ${value}${nearest(value, known)}; expected one of ${listed ?? known.join(', ')}`,
    );
  return found;
}

/** The strict description of a driver, by the name that VERSION reports. */
export function driverNamed(name: string): DriverDescription {
  const { drivers } = catalogue();
  return drivers.get(oneOf('description of a driver named', name, [...drivers.keys()]))!;
}

type ReferenceName = Extract<TargetName, { kind: 'reference' }>;

export async function openReference(text: string, name: ReferenceName): Promise<Target> {
  const options = await referenceOptions(text, name);
  const link = createReference(options);
  return {
    name: text,
    kind: 'reference',
    met: 'model',
    link,
    driver: name.driver,
    ...(name.options.mutant === undefined ? { description: options.driver } : {}),
    ...(driverNamed(name.driver).manifest.node === 'render'
      ? { nodePath: nodeNames('render', firstMinor('render')).path }
      : {}),
    close: () => link.close(),
  };
}

/** What the name of a reference means. */
export async function referenceOptions(text: string, name: ReferenceName): Promise<ReferenceOptions> {
  const { as, mutant, profile, abi, management } = name.options;
  const strict = driverNamed(name.driver);
  if (!isModelled(strict))
    throw new UsageError(
      `${text}: of ${strict.name} only the header is described (level ${strict.manifest.level}), so nothing can stand for it; there is a reference of ${modelledDrivers()
        .map(driver => driver.name)
        .join(', ')}`,
    );
  const profiles = Object.keys(strict.manifest.profiles);
  const settings: Omit<ReferenceOptions, 'driver'> & { release?: string } = {
    ...(management === undefined
      ? {}
      : { management: oneOf('management', management, ['on', 'off']) === 'on' }),
    profile: profile === undefined ? profiles[0]! : oneOf('profile', profile, profiles),
    ...(abi === undefined ? {} : { abi: oneOf<AbiName>('ABI', abi, ABI_NAMES) }),
  };
  let driver = strict;
  if (as !== undefined) {
    const release = /^linux-(\d+\.\d+(\.\d+)?)$/.exec(as)?.[1];
    if (!release) throw new UsageError(`as=${as} is no kernel release; expected as=linux-7.3`);
    driver = asOf(deviate(strict, inRange(strict, release)), release);
    // A release without a patch level is any of its line; the description's own is the one that was read.
    if (!strict.manifest.kernel.startsWith(`${release}.`)) settings.release = release;
  }
  if (mutant?.startsWith('management.') && settings.management)
    return { ...settings, driver, ...(await managed(mutant)) };
  return mutant === undefined ? { ...settings, driver } : mutated(mutant, driver, settings, profile);
}

async function managed(id: string): Promise<Pick<ReferenceOptions, 'faults' | 'managementFaults'>> {
  const { managementFault, managementMutants } = await import('../management/mutants.ts');
  const known = managementMutants.map(mutant => mutant.id);
  oneOf('mutant', id, known, 'those of management=on that accel-uapi list mutants prints');
  return managementFault(id);
}

async function mutated(
  id: string,
  driver: DriverDescription,
  settings: Omit<ReferenceOptions, 'driver'>,
  explicit: string | undefined,
) {
  const { allMutants, mutantReference } = await import('../../reference/index.ts');
  oneOf(
    'mutant',
    id,
    allMutants()
      .filter(mutant => mutant.driver === driver.name || mutant.driver === 'drm')
      .map(mutant => mutant.id),
    `those of ${driver.name} and drm that accel-uapi list mutants prints`,
  );
  const found = allMutants().find(mutant => mutant.id === id)!;
  const profile = explicit ?? found.profile ?? settings.profile;
  return mutantReference(found, { ...settings, driver, profile });
}
