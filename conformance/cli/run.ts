/** `accel-uapi run DRIVER -- COMMAND`. */

import { UsageError } from '../run/usage-error.ts';
import { serve } from '../supervisor/serve.ts';
import { referenceOptions } from '../targets/reference.ts';
import { parseTarget } from '../targets/target-name.ts';

export async function runServed(driver: string, command: readonly string[]): Promise<number> {
  if (driver.includes(':') || driver.includes('/'))
    throw new UsageError(
      `${JSON.stringify(driver)} is no driver's name; expected DRIVER[,as=linux-RELEASE][,mutant=ID][,profile=NAME], for example ethosu`,
    );
  const name = parseTarget(`reference:${driver}`);
  if (name.kind !== 'reference') throw new Error('a reference has another kind');
  if (name.options.abi !== undefined)
    throw new UsageError(`${driver}: abi= is not for run: the program has this machine's ABI; leave it out`);
  return serve(await referenceOptions(driver, name), command);
}
