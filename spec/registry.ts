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

/** The files of the registry in reading order. */
export const clauseFiles: readonly ClauseFile[] = Object.entries(files)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([path, data]) => validate<ClauseFile>('clauses', path, data));

export const clauses: readonly Clause[] = clauseFiles.flatMap(file => file.clauses as Clause[]);

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
