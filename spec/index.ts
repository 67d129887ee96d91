export { proseProblems } from './prose.ts';
export {
  type Clause,
  type ClauseFile,
  type ClauseId,
  clause,
  clauseFiles,
  clauses,
  isClauseId,
  judgedFamilies,
  type LedgerEntry,
  type Level,
  ledger,
  sinceOf,
} from './registry.ts';
