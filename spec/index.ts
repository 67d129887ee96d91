export { blocks, citations, splitChapter } from './chapter-text.ts';
export { type Chapter, chapters } from './chapters.ts';
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
export { type Silence, silences, silencesKernel } from './silences.ts';
