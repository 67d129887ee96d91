/** The chapters: the specification in prose, which cites the clauses. */
import { type ChapterHead, validate } from '../schemas/index.ts';
import { citations } from './chapter-text.ts';
import { files } from './generated/chapters.ts';

export interface Chapter extends ChapterHead {
  /** For example `unplug`: the name of the file without number and ending. */
  readonly name: string;
  readonly path: string;
  /** Markdown; a clause or a silence is cited by its id in square brackets. */
  readonly text: string;
  /** Every id that the text cites, once, in the order of the text. */
  readonly cites: readonly string[];
}

/** In reading order. */
export const chapters: readonly Chapter[] = Object.entries(files)
  .map(([path, { head, text }]) => ({
    ...validate<ChapterHead>('chapter', path, head),
    name: path.replace(/^.*\/\d+-(.*)\.md$/, '$1'),
    path,
    text,
    cites: citations(text),
  }))
  .sort((a, b) => a.number - b.number);
