/** Opens one target, runs everything on it and closes it. */
import { catalogue } from '../../schemas/index.ts';
import { validatorOf } from '../netlink/validate.ts';
import type { EndEvent, Sink } from '../run/events.ts';
import { Selection } from '../run/select.ts';
import type { Target } from '../run/target.ts';
import { UsageError } from '../run/usage-error.ts';
import type { ValidateOptions } from '../run/validate-options.ts';
import { openTarget } from '../targets/open.ts';
import type { SharedOptions, ValidateFlags } from './validate-flags.ts';

/** Runs a target and writes the claim; a run that was interrupted claims nothing. */
async function claimed(path: string, target: Target, options: ValidateOptions, select: string, sink: Sink) {
  const { makeClaim, writeClaim } = await import('../claim/index.ts');
  const find = (name: string) =>
    (options.drivers ?? [...catalogue().drivers.values()]).find(driver => driver.name === name);
  const { claim, end } = await makeClaim(target, options, select, find, sink);
  if (!options.signal?.aborted) writeClaim(path, claim);
  return end;
}

const NODE_ONLY = ['claim', 'recorded', 'profile', 'header', 'descriptions', 'budget', 'rounds'] as const;

/** What is about a device's node says nothing of a netlink family. */
function refuseWithNetlink(flags: ValidateFlags, name: string): void {
  for (const option of NODE_ONLY)
    if (flags[option] !== undefined)
      throw new UsageError(
        `--${option} is not for ${name}, which speaks netlink and has no node; leave it out`,
      );
}

/** @param interrupt set when the user interrupts: the run ends after the step that is under way */
export async function validateTarget(
  name: string,
  flags: ValidateFlags,
  shared: SharedOptions,
  interrupt: NonNullable<ValidateOptions['signal']>,
  sink: Sink,
): Promise<EndEvent> {
  const target = await openTarget(name, {
    ...(flags.kernel ? { kernel: flags.kernel } : {}),
    ...(flags.module ? { modules: flags.module } : {}),
  });
  try {
    const options = { ...shared, select: new Selection(flags.select), signal: interrupt };
    if (target.netlink !== undefined) refuseWithNetlink(flags, name);
    return flags.claim === undefined
      ? await validatorOf(target)(target, options, sink)
      : await claimed(flags.claim, target, options, flags.select ?? '', sink);
  } finally {
    await target.close();
  }
}
