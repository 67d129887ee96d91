/** What prose may not do: demand something without the clause that demands it. */
import { citations } from './chapter-text.ts';
import { isClauseId } from './registry.ts';
import { silences } from './silences.ts';

const DEMAND = /\bmust(?:n't)?\b/i;
const ITEM = /^\s*(?:[-*+]|\d+[.)])\s+/;
const ROW = /^\s*\|/;
const FENCE = /^\s*(`{3,}|~{3,})/;

interface Block {
  readonly line: number;
  readonly text: string;
}

/** Paragraphs, list items and table rows; code is no prose, and a heading demands nothing by itself. */
function blocks(markdown: string): Block[] {
  const found: Block[] = [];
  let current: { line: number; lines: string[] } | undefined;
  let fence: string | undefined;
  const close = () => {
    if (current) found.push({ line: current.line, text: current.lines.join(' ') });
    current = undefined;
  };
  for (const [index, line] of markdown.split('\n').entries()) {
    const mark = FENCE.exec(line)?.[1];
    if (mark !== undefined || fence !== undefined) {
      close();
      if (fence === undefined) fence = mark;
      else if (mark?.startsWith(fence)) fence = undefined;
      continue;
    }
    const heading = /^#{1,6}\s/.test(line);
    if (line.trim() === '' || ROW.test(line) || ITEM.test(line) || heading) close();
    if (line.trim() === '' || heading) continue;
    current ??= { line: index + 1, lines: [] };
    current.lines.push(line);
    if (ROW.test(line)) close();
  }
  close();
  return found;
}

/** Inline code quotes what others say; an id in it is no citation. */
function withoutCode(text: string): string {
  return text.replace(/(`+)[^`]+\1/g, '');
}

const silent = new Set(silences.map(({ id }) => id));

/** A sentence for each demand without a clause, and for each citation of what is neither a clause nor a silence. */
export function proseProblems(path: string, markdown: string): string[] {
  return blocks(markdown).flatMap(({ line, text }) => {
    const said = withoutCode(text);
    const cited = citations(said);
    const wrong = cited
      .filter(id => !isClauseId(id) && !silent.has(id))
      .map(
        id =>
          `${path}:${line}: cites [${id}], which is no clause and no silence; accel-uapi list shows the clauses`,
      );
    if (DEMAND.test(said) && !cited.some(id => !silent.has(id)))
      wrong.push(
        `${path}:${line}: says "must" and cites no clause; expected a reference such as [handle.zero], or another word`,
      );
    return wrong;
  });
}
