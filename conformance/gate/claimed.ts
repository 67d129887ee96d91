/** The claim of a submission. */
import { join } from 'node:path';
import { type Claim, type DriverDescription, InvalidData } from '../../schemas/index.ts';
import { readClaim, staleness, verify } from '../claim/index.ts';
import { UsageError } from '../run/usage-error.ts';
import { Refused } from './finding.ts';
import type { Submitted } from './submission.ts';

/** Random programs of a plain run of validate; a claim of fewer looks at less. */
const RUNS = 50;

export interface ClaimRules {
  /** A claim that met a model only is enough. */
  readonly model: boolean;
}

export function loadClaim({ folder, manifest }: Submitted): Claim {
  try {
    return readClaim(join(folder, manifest.claim));
  } catch (error) {
    if (error instanceof UsageError || error instanceof InvalidData) throw new Refused([error.message]);
    throw error;
  }
}

/** What the claim says of itself; its recording is looked at by {@link checkReplay}. */
export function checkClaim(
  { manifest }: Submitted,
  claim: Claim,
  driver: DriverDescription,
  { model }: ClaimRules,
): string {
  const problems = staleness(claim, driver);
  const { kernel, target, run, end, verdicts, skips } = claim;
  if (target.driver !== driver.manifest.driver)
    problems.push(
      `the claim is of the driver ${target.driver}, and the submission of ${driver.manifest.driver}`,
    );
  if (kernel.release !== manifest.kernel)
    problems.push(
      `the claim is of the kernel ${kernel.release}, and the submission of ${manifest.kernel}; claim it on that kernel`,
    );
  if (target.met === 'model' && !model)
    problems.push(
      `the claim of ${target.name} met a model only, no kernel; claim it on a kernel (--model lets a model pass, and says so)`,
    );
  if (target.met === 'kernel' && kernel.version === '')
    problems.push('the claim says that it met a kernel, and no /proc/version was read from it');
  else if (target.met === 'kernel' && !kernel.version.includes(kernel.release))
    problems.push(
      `the claim is of the kernel ${kernel.release}, and its /proc/version says ${kernel.version}`,
    );
  if (run.select !== '') problems.push(`the claim is of --select ${run.select} only; claim all clauses`);
  if (run.tier === 'observe')
    problems.push('the claim only observes; claim it at --tier reversible or above');
  if (run.runs < RUNS) problems.push(`the claim has ${run.runs} random programs; ${RUNS} are the least`);
  if (!end.complete) problems.push(`the claim's run was cut: ${end.reason}`);
  problems.push(...within(claim));
  for (const { clause, instance, level, verdict, reason } of verdicts) {
    if (level === 'MUST' && verdict === 'violates')
      problems.push(`${clause} @ ${instance} is violated: ${reason}`);
    if (level === 'MUST' && (verdict === 'unknown' || verdict === 'kit error'))
      problems.push(`${clause} @ ${instance} is ${verdict}: ${reason}`);
  }
  for (const { clause, instance, reason } of skips)
    if (reason.trim() === '') problems.push(`${clause} @ ${instance} was left out without a reason`);
  if (problems.length > 0) throw new Refused(problems);
  const by =
    target.met === 'model'
      ? 'on a model only, no kernel'
      : `on the kernel ${kernel.release}${target.kind === 'exec' ? ', by the word of the program behind exec:' : ''}`;
  return `${verdicts.length} verdicts, ${skips.length} left out with a reason, ${by}`;
}

/** What a claim says twice it has to say the same way. */
function within({ end, verdicts, skips }: Claim): string[] {
  const counts: Record<string, number> = {};
  for (const { verdict } of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1;
  const problems = Object.entries(end.counts)
    .filter(([verdict, count]) => (counts[verdict] ?? 0) !== count)
    .map(
      ([verdict, count]) =>
        `the claim counts ${count} x ${verdict} and lists ${counts[verdict] ?? 0}: it was not made by validate --claim`,
    );
  const listed = new Map(verdicts.map(one => [`${one.clause} @ ${one.instance}`, one]));
  for (const { clause, instance, verdict, reason } of skips) {
    const one = listed.get(`${clause} @ ${instance}`);
    if (one?.verdict !== verdict || one.reason !== reason)
      problems.push(
        `the claim leaves out ${clause} @ ${instance} otherwise than its verdicts say: it was not made by validate --claim`,
      );
  }
  const skipped = new Set(skips.map(({ clause, instance }) => `${clause} @ ${instance}`));
  for (const [name, { verdict }] of listed)
    if (
      ['not claimed', 'not reached', 'silent', 'unknown', 'kit error'].includes(verdict) &&
      !skipped.has(name)
    )
      problems.push(
        `the claim does not list ${name} (${verdict}) among what it leaves out: it was not made by validate --claim`,
      );
  return problems;
}

export async function checkReplay(
  { manifest }: Submitted,
  claim: Claim,
  driver: DriverDescription,
): Promise<string> {
  let problems: string[];
  try {
    problems = await verify(manifest.claim, claim, driver);
  } catch (error) {
    if (!(error instanceof InvalidData)) throw error;
    problems = [error.message];
  }
  if (problems.length > 0) throw new Refused(problems);
  return `${claim.end.steps} recorded steps give the ${claim.verdicts.length} verdicts again`;
}
