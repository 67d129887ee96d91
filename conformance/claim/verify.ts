/** Judges a claim again, from its recording alone. */
import type { Claim, DriverDescription } from '../../schemas/index.ts';
import { TargetError } from '../run/identity.ts';
import { madeWith } from './hashes.ts';
import { judged, said, settingsOf } from './make.ts';
import { firstDifference, OffTape, Replay } from './replay.ts';
import { unpackTape } from './tape.ts';

/** What a claim was made with that is no longer so, in sentences. */
export function staleness(claim: Claim, driver: DriverDescription): string[] {
  const now = madeWith(driver);
  const parts = [
    [
      'kit',
      'by another kit',
      `${claim.kit.version} ${claim.kit.sha256.slice(0, 12)}`,
      `${now.kit.version} ${now.kit.sha256.slice(0, 12)}`,
    ],
    ['spec', 'against another specification', claim.spec.sha256.slice(0, 12), now.spec.sha256.slice(0, 12)],
    [
      'description',
      'of another description',
      `${claim.description.driver} ${claim.description.sha256.slice(0, 12)}`,
      `${now.description.driver} ${now.description.sha256.slice(0, 12)}`,
    ],
    [
      'header',
      'of another header',
      `${claim.header.path} ${claim.header.sha256.slice(0, 12)}`,
      `${now.header.path} ${now.header.sha256.slice(0, 12)}`,
    ],
  ] as const;
  return parts
    .filter(([part]) => firstDifference(claim[part], now[part]) !== undefined)
    .map(
      ([, what, was, is]) =>
        `the claim was made ${what} (${was}; here ${is}); make it anew with validate --claim`,
    );
}

/** What is wrong with the claim, each in a sentence; none when its recording gives all that it says. */
export async function verify(path: string, claim: Claim, driver: DriverDescription): Promise<string[]> {
  const replay = new Replay(unpackTape(path, claim.recording));
  const { limits } = claim.run;
  let again: ReturnType<typeof said>;
  try {
    const target = replay.target({
      name: claim.target.name,
      kind: claim.target.kind,
      met: claim.target.met,
      ...(limits.node === undefined ? {} : { nodePath: limits.node }),
      ...(limits.driver === undefined ? {} : { driver: limits.driver }),
      ...(limits.strict ? { description: driver } : {}),
    });
    const profile = new Map(
      Object.entries(claim.run.profile).map(([name, value]) => [
        name,
        typeof value === 'number' ? BigInt(value) : value,
      ]),
    );
    again = said(
      await judged(target, {
        ...settingsOf(claim.run),
        ...(profile.size > 0 ? { profile } : {}),
        drivers: [driver],
      }),
    );
  } catch (error) {
    if (!(error instanceof OffTape || error instanceof TargetError)) throw error;
    return [`${path}: ${error.message}: the recording is not one of such a run`];
  }
  if (replay.trouble !== undefined)
    return [`${path}: ${replay.trouble}: the recording is not one of such a run`];
  if (replay.left > 0)
    return [`${path}: the recording has ${replay.left} entries more than such a run makes`];
  return compare(path, claim, again);
}

function compare(path: string, claim: Claim, again: ReturnType<typeof said>): string[] {
  const named = ({ clause, instance }: { clause: string; instance: string }) => `${clause} @ ${instance}`;
  const problems: string[] = [];
  for (const list of ['verdicts', 'skips'] as const) {
    const claimed = new Map(claim[list].map(one => [named(one), one]));
    const judgedNow = new Map(again[list].map(one => [named(one), one]));
    for (const [name, one] of judgedNow) {
      const other = claimed.get(name);
      const at = other ? firstDifference(other, one) : 'missing';
      if (at === undefined) continue;
      const says = other ? `${other.verdict}${at === 'verdict' ? '' : ` (${at} differs)`}` : 'nothing';
      problems.push(
        `${path}: of ${name} the claim's ${list} say ${says}, and its recording gives ${one.verdict}`,
      );
    }
    for (const name of claimed.keys())
      if (!judgedNow.has(name))
        problems.push(`${path}: the claim's ${list} tell of ${name}, and its recording does not`);
    if (problems.length === 0 && claimed.size !== claim[list].length)
      problems.push(`${path}: the claim's ${list} tell of something twice`);
  }
  for (const part of ['target', 'kernel', 'end'] as const) {
    const at = firstDifference(claim[part], again[part]);
    if (at !== undefined)
      problems.push(`${path}: ${part}.${at} of the claim is not what its recording gives`);
  }
  return problems;
}
