export { citations, splitChapter } from './chapter-text.ts';
export { type Chapter, chapters } from './chapters.ts';
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
export { type Silence, silences, silencesKernel } from './silences.ts';
