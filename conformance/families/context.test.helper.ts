/** What a family plans for, without a target: the strict reference of a driver. */
import { createReference, firstMinor, nodeNames, profileParams } from '../../reference/index.ts';
import { catalogue } from '../../schemas/index.ts';
import type { PlanContext } from '../plan/context.ts';

export function context(name: string): PlanContext {
  const driver = catalogue().drivers.get(name)!;
  const profile = Object.keys(driver.manifest.profiles)[0]!;
  const { hello } = createReference({ driver, profile });
  const kind = driver.manifest.node ?? 'accel';
  const minor = firstMinor(kind);
  const params = profileParams(driver, profile);
  return { driver, hello, nodePath: nodeNames(kind, minor).path, minor, minors: [minor], params, seed: 1 };
}
