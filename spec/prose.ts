/** What prose may not do: demand something without the clause that demands it. */
import { isClauseId } from './registry.ts';

/** `[handle.zero]`, but neither `[text](link)` nor an image. */
const REFERENCE = /\[([a-z]+\.[a-z0-9-]+)\](?!\()/g;
const DEMAND = /\bmust(?:n't)?\b/i;
const ITEM = /^\s*(?:[-*+]|\d+[.)])\s+/;
const ROW = /^\s*\|/;
/** What the specification leaves open is listed elsewhere; it is cited the same way and demands nothing. */
const SILENCE = /^silence\./;
/** Data about the page. */
const FRONT_MATTER = /^---\n[\s\S]*?\n---(?=\n|$)/;
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
  const text = markdown.replace(FRONT_MATTER, data => data.replace(/[^\n]/g, ''));
  for (const [index, line] of text.split('\n').entries()) {
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

/** A sentence for each demand without a clause, and for each citation of a clause that does not exist. */
export function proseProblems(path: string, markdown: string): string[] {
  return blocks(markdown).flatMap(({ line, text }) => {
    const said = withoutCode(text);
    const cited = [...said.matchAll(REFERENCE)].map(match => match[1]!).filter(id => !SILENCE.test(id));
    const wrong = cited
      .filter(id => !isClauseId(id))
      .map(id => `${path}:${line}: cites [${id}], which is no clause; accel-uapi list clauses shows them`);
    if (DEMAND.test(said) && cited.length === 0)
      wrong.push(
        `${path}:${line}: says "must" and cites no clause; expected a reference such as [handle.zero], or another word`,
      );
    return wrong;
  });
}
