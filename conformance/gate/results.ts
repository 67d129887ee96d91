/** What `gate NAME` said of the drivers of the collection, as it is kept. */
import { join } from 'node:path';
import type { GateResults } from '../../schemas/index.ts';
import { readAs } from '../run/read-source.ts';
import type { Finding } from './finding.ts';
import type { Item } from './undocumented.ts';

export const GATE_RESULTS = 'conformance/gate/upstream.json';
/** Problems of a check that are kept; the rest is counted. */
const KEPT = 5;

export const readGateResults = (root: string): GateResults =>
  readAs<GateResults>('gateResults', join(root, GATE_RESULTS));

export function resultOf(
  driver: string,
  findings: readonly Finding[],
  items: readonly Item[],
): GateResults['drivers'][number] {
  return {
    driver,
    items: items.length,
    bare: items.filter(({ documented }) => !documented).length,
    checks: findings.flatMap(({ check, outcome, note, problems }) =>
      outcome === 'passed' || outcome === 'refused'
        ? [{ check, outcome, note, count: problems.length, problems: problems.slice(0, KEPT) }]
        : [],
    ),
  };
}
