/** `accel-uapi report --verify CLAIM`: judges a claim again, offline. */
import { catalogue, type DriverDescription } from '../../schemas/index.ts';
import { readClaim, staleness, verify } from '../claim/index.ts';
import { UsageError } from '../run/usage-error.ts';
import { readDescriptions } from './header-facts.ts';
import type { ReportFlags } from './report.ts';

function described(name: string, folder: string | undefined): DriverDescription {
  const drivers = folder === undefined ? [...catalogue().drivers.values()] : readDescriptions(folder);
  const driver = drivers.find(one => one.name === name);
  if (!driver)
    throw new UsageError(
      `the claim is of the driver ${name}, and ${folder ?? 'the collection'} describes ${drivers.map(one => one.name).join(', ')}; name its descriptions with --descriptions`,
    );
  return driver;
}

/** 0 when the recording gives what the claim says, 1 when not, or when it is of another kit, specification or header. */
export async function runVerify(
  path: string,
  flags: ReportFlags,
  write: (text: string) => void,
): Promise<number> {
  if (flags.out !== undefined)
    throw new UsageError('--out does not go with --verify, which writes no report');
  const claim = readClaim(path);
  const driver = described(claim.description.driver, flags.descriptions);
  const stale = staleness(claim, driver);
  const problems = stale.length > 0 ? stale : await verify(path, claim, driver);
  for (const problem of problems) write(`${problem}\n`);
  if (problems.length > 0) return 1;
  const { target, kernel, end, verdicts } = claim;
  const by = target.met === 'kernel' ? `the kernel ${kernel.release}` : 'a model only, no kernel';
  write(
    `${path}: ${verdicts.length} verdicts of ${target.name} on ${by}, judged again from ${end.steps} recorded steps: all as claimed\n`,
  );
  return 0;
}
