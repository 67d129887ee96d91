/** The clause registry: what a driver must do, one sentence each, under ids that never move. */

import type { Clause as AnyClause, ClauseFile, Level } from '../schemas/index.ts';
import { validate } from '../schemas/index.ts';
import { type ClauseId, files, ledger as rawLedger } from './generated/clauses.ts';

export type { ClauseFile, ClauseId, Level };
export type Clause = AnyClause & { readonly id: ClauseId };
export interface LedgerEntry {
  readonly id: string;
  readonly since: string;
  readonly state: 'active' | 'withdrawn';
  readonly why?: string;
}

const place = (path: string) => Number(/(\d+)-[^/]*$/.exec(path)?.[1]);

/** The files of the registry in reading order, which the number in the name tells. */
export const clauseFiles: readonly ClauseFile[] = Object.entries(files)
  .sort(([a], [b]) => place(a) - place(b))
  .map(([path, data]) => validate<ClauseFile>('clauses', path, data));

export const clauses: readonly Clause[] = clauseFiles.flatMap(file => file.clauses as Clause[]);

/** Families that a run has to judge: they hold a MUST that shows on a device. */
export const judgedFamilies: readonly string[] = clauseFiles
  .filter(file => file.clauses.some(({ level, observable }) => level === 'MUST' && observable === 'dynamic'))
  .map(({ family }) => family);

/** Every id ever given out. */
export const ledger: readonly LedgerEntry[] = validate<{ ids: LedgerEntry[] }>(
  'ledger',
  'spec/ledger.yaml',
  rawLedger,
).ids;

const byId = new Map(clauses.map(entry => [entry.id as string, entry]));

export function isClauseId(id: string): id is ClauseId {
  return byId.has(id);
}

export function clause(id: ClauseId): Clause {
  return byId.get(id)!;
}

/** The release of the kit that first had a clause. */
export function sinceOf(id: ClauseId): string {
  return ledger.find(entry => entry.id === id)!.since;
}
