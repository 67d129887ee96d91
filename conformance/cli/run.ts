/** `accel-uapi run DRIVER -- COMMAND` and `accel-uapi serve DRIVER`. */

import type { ReferenceOptions } from '../../reference/index.ts';
import { serveCuse } from '../cuse/serve.ts';
import { UsageError } from '../run/usage-error.ts';
import { serve } from '../supervisor/serve.ts';
import { referenceOptions } from '../targets/reference.ts';
import { parseTarget } from '../targets/target-name.ts';

/** The reference that a driver's name with its options means. */
export async function servedReference(driver: string, command: string): Promise<ReferenceOptions> {
  if (driver.includes(':') || driver.includes('/'))
    throw new UsageError(
      `${JSON.stringify(driver)} is no driver's name; expected DRIVER[,as=linux-RELEASE][,mutant=ID][,profile=NAME], for example ethosu`,
    );
  const name = parseTarget(`reference:${driver}`);
  if (name.kind !== 'reference') throw new Error('a reference has another kind');
  if (name.options.abi !== undefined)
    throw new UsageError(
      `${driver}: abi= is not for ${command}: programs have this machine's ABI; leave it out`,
    );
  return referenceOptions(driver, name);
}

export async function runServed(driver: string, command: readonly string[]): Promise<number> {
  return serve(await servedReference(driver, 'run'), command);
}

export async function runSystemWide(driver: string, write: (text: string) => void): Promise<number> {
  await serveCuse(await servedReference(driver, 'serve'), {
    ready: ({ path, major, minor }) =>
      write(
        `${driver} is served as ${path}${major === 0 ? '' : ` (${major}:${minor})`}; docs/guides/serve.md says what cannot be carried; Ctrl-C ends it\n`,
      ),
    warn: sentence => process.stderr.write(`accel-uapi serve: ${sentence}\n`),
  });
  return 0;
}
