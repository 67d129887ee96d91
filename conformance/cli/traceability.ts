/** `accel-uapi list traceability`: clauses by level, with their tests, mutants and verdicts on real kernels. */

import { allMutants } from '../../reference/index.ts';
import { clauses } from '../../spec/index.ts';
import { managementMutants } from '../management/mutants.ts';
import { netlinkMutants } from '../netlink/profiles.ts';
import { Selection } from '../run/select.ts';
import { UsageError } from '../run/usage-error.ts';
import { citations } from '../traceability/citations.ts';
import { groups, metKernel, type Traced, trace } from '../traceability/table.ts';
import { readVerdictFiles } from '../traceability/verdict-file.ts';
import { packageRoot } from './version.ts';

interface TraceabilityFlags {
  readonly select?: string;
  readonly driver?: string;
  readonly format?: 'pretty' | 'json';
}

const COLUMNS = ['clauses', 'with test', 'with mutant', 'met a kernel'] as const;
const WIDTH = 13;

function kernelText(row: Traced): string {
  const known = Object.entries(row.kernels);
  if (known.length === 0) return 'no kernel';
  const words = known.map(([target, verdict]) => `${target} ${verdict}`).join(', ');
  return metKernel(row) ? words : `no kernel (${words})`;
}

function testText({ observable, tests }: Traced): string {
  if (tests.length > 0) return tests.join(', ');
  return observable === 'process' ? 'a review' : observable === 'no' ? 'cannot be observed' : 'NO TEST';
}

export function printTraceability(rows: readonly Traced[], write: (text: string) => void): void {
  write(
    `${'level'.padEnd(9)}${'observable'.padEnd(12)}${COLUMNS.map(each => each.padStart(WIDTH)).join('')}\n`,
  );
  for (const { level, observable, clauses, tested, mutants: killed, met } of groups(rows)) {
    const looked = observable === 'static' || observable === 'dynamic';
    // Only what shows on a device has mutants, and a verdict on a kernel.
    const ran = observable === 'dynamic';
    const numbers = [clauses, looked ? tested : '-', ran ? killed : '-', ran ? met : '-']
      .map(each => `${each}`.padStart(WIDTH))
      .join('');
    write(`${level.padEnd(9)}${observable.padEnd(12)}${numbers}\n`);
  }
  const width = Math.max(...rows.map(({ id }) => id.length));
  for (const { level, observable } of groups(rows)) {
    write(`\n${level}, ${observable === 'no' ? 'not observable' : observable}\n`);
    for (const row of rows.filter(each => each.level === level && each.observable === observable)) {
      const dynamic = observable === 'dynamic' ? [`${row.mutants.length} mutants`, kernelText(row)] : [];
      write(`  ${row.id.padEnd(width)}  ${[testText(row), ...dynamic].join('; ')}\n`);
    }
  }
}

export async function runTraceability(
  flags: TraceabilityFlags,
  write: (text: string) => void,
): Promise<number> {
  if (flags.driver !== undefined) throw new UsageError('--driver goes with list cells');
  const select = new Selection(flags.select);
  const wanted = new Set<string>(
    clauses.filter(({ id }) => select.has({ clause: id, instance: '' })).map(({ id }) => id),
  );
  const [unused] = select.unused;
  if (unused !== undefined)
    throw new UsageError(`--select ${unused} matches no clause; accel-uapi list shows them all`);
  const all = trace(
    await citations(),
    [...allMutants(), ...netlinkMutants, ...managementMutants],
    readVerdictFiles(packageRoot()),
  );
  const rows = all.filter(({ id }) => wanted.has(id));
  if (flags.format === 'json') write(`${JSON.stringify({ groups: groups(rows), clauses: rows }, null, 2)}\n`);
  else printTraceability(rows, write);
  return 0;
}
