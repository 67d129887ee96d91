/** What a run came to, clause by clause, as a file that is kept: which clauses met a kernel, and how they ended there. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ClauseVerdict, VerdictFile } from '../../schemas/index.ts';
import type { EndEvent, RunEvent, VerdictEvent } from '../run/events.ts';
import { readAs } from '../run/read-source.ts';
import { VERDICTS, type VerdictName } from '../run/verdict.ts';

/** Relative to the root of the package. */
export const VERDICT_FOLDER = 'conformance/verdicts';

/** From worst to best; what was not reached is no verdict as long as another instance was. */
const WORST: readonly VerdictName[] = [
  'kit error',
  'violates',
  'unknown',
  'violates (known)',
  'drift',
  'silent',
  'conforms',
  'not reached',
  'not claimed',
];

export function worstOf(verdicts: Iterable<VerdictName>): VerdictName {
  const seen = new Set(verdicts);
  return WORST.find(each => seen.has(each))!;
}

function counted<K extends string>(keys: readonly K[]): [K, number][] {
  const counts = new Map<K, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts];
}

const byName = <T>(entries: readonly [string, T][]): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

export interface Ran {
  readonly run: RunEvent;
  readonly verdicts: readonly VerdictEvent[];
  readonly end: EndEvent;
  readonly select: string;
  readonly date: string;
}

export function verdictFile({ run, verdicts, end, select, date }: Ran): VerdictFile {
  const of = new Map<string, VerdictName[]>();
  for (const { clause, verdict } of verdicts) of.set(clause, [...(of.get(clause) ?? []), verdict]);
  const clauses = [...of].map(([clause, own]): [string, ClauseVerdict] => {
    const order = counted(own).sort(([a], [b]) => VERDICTS.indexOf(a) - VERDICTS.indexOf(b));
    return [clause, { worst: worstOf(own), counts: Object.fromEntries(order) }];
  });
  const { name, driver, release, abi, met } = run.target;
  return {
    target: name,
    driver,
    kernel: release,
    abi,
    met,
    date,
    kit: run.kit.version,
    seed: run.seed,
    tier: run.tier as VerdictFile['tier'],
    select,
    status: end.status,
    clauses: byName(clauses),
    deviations: byName(counted(verdicts.flatMap(({ deviations }) => deviations))),
  };
}

/** The name of a target's file. */
export function verdictFileName(target: string): string {
  return `${target.replace(/[^A-Za-z0-9.]+/g, '-').replace(/^-|-$/g, '')}.json`;
}

/** The text of a file. Its date stays when nothing else changed, so that a second run writes the same bytes. */
export function verdictText(file: VerdictFile, before: VerdictFile | undefined): string {
  const text = (of: VerdictFile) => `${JSON.stringify(of, null, 2)}\n`;
  const same = before && text({ ...before, date: file.date }) === text(file);
  return text(same ? before : file);
}

/** Every file that is kept, in the order of their names. */
export function readVerdictFiles(root: string): VerdictFile[] {
  return readdirSync(join(root, VERDICT_FOLDER))
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => readAs<VerdictFile>('verdicts', join(root, VERDICT_FOLDER, name)));
}
