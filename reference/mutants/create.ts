/** A mutant as something that runs programs. */
import {
  type AbiName,
  applyPatch,
  catalogue,
  type DriverDescription,
  type Link,
} from '../../schemas/index.ts';
import { createReference, type ReferenceOptions } from '../link.ts';
import type { Mutant } from './mutant.ts';

export interface MutantOptions {
  /** Default: the mutant's, which is the driver's first for most. */
  readonly profile?: string;
  readonly abi?: AbiName;
  /** The description to break; default the strict one of the mutant's driver. */
  readonly driver?: DriverDescription;
  /** Time starts anew with every program. */
  readonly restarts?: boolean;
}

/** A reference with the mutant's fault. What it does is to be judged by the strict description. */
export function createMutant(mutant: Mutant, options: MutantOptions = {}): Link {
  return createReference(mutantReference(mutant, options));
}

/** What makes a reference a mutant. */
export function mutantReference(mutant: Mutant, options: MutantOptions = {}): ReferenceOptions {
  const driver = options.driver ?? catalogue().drivers.get(mutant.driver)!;
  return {
    driver: mutant.patch ? applyPatch(driver, mutant.patch) : driver,
    profile: options.profile ?? mutant.profile ?? Object.keys(driver.manifest.profiles)[0]!,
    ...(options.restarts ? { restarts: true } : {}),
    ...((options.abi ?? mutant.abi) ? { abi: options.abi ?? mutant.abi! } : {}),
    ...(mutant.faults ? { faults: mutant.faults } : {}),
  };
}
