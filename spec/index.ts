export {
  type Clause,
  type ClauseFile,
  type ClauseId,
  clause,
  clauseFiles,
  clauses,
  isClauseId,
  type LedgerEntry,
  type Level,
  ledger,
} from './registry.ts';
