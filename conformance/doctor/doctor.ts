/** Everything that the doctor finds. */
import type { Doctor } from '../../schemas/index.ts';
import type { Tier } from '../plan/case.ts';
import { machineChecks } from './machine-checks.ts';
import { nodeChecks } from './nodes.ts';
import type { Probes } from './probes.ts';
import { reach } from './reach.ts';
import { targetReport } from './target.ts';

/** Something that is needed is not there. */
const INCOMPLETE = 3;

/**
 * @param target the target that shall be opened; without one only Node itself is needed
 * @param reaches plans a run, which takes a second or more
 */
export async function examine(
  probes: Probes,
  target: string | undefined,
  tier: Tier,
  reaches: typeof reach = reach,
): Promise<Doctor> {
  const { release, architecture, uid } = probes;
  const [wanted, checks] = await Promise.all([
    target === undefined ? undefined : targetReport(probes, target, tier, reaches),
    machineChecks(probes),
  ]);
  const node = checks.find(({ id }) => id === 'node')!;
  return {
    machine: { release, architecture, uid },
    checks: [...checks, ...nodeChecks(probes)],
    ...(wanted ? { target: wanted } : {}),
    status: node.state === 'ok' && wanted?.opens !== false ? 0 : INCOMPLETE,
  };
}
