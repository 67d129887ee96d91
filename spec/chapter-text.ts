/** The text of a chapter: where its head ends, what it cites, and the blocks that a rule of wording looks at. */
import { parseSource, type Source } from '../schemas/load/source.ts';
import { refuse } from '../schemas/validate/invalid-data.ts';

/** Head and text of a chapter. The path ends in .md, and the head is YAML all the same. */
export function splitChapter(path: string, content: string): { head: Source; text: string } {
  const found = /^---\n([\s\S]*?\n)---\n/.exec(content);
  if (!found)
    return refuse(
      path,
      [],
      'the chapter has no head; begin it with title, summary and number between two lines of ---',
    );
  return {
    head: parseSource(path, found[1]!, { format: 'yaml', line: 2 }),
    text: content.slice(found[0].length),
  };
}

/** The ids in square brackets, each once. A link of Markdown, which a round bracket follows, is none. */
export function citations(text: string): string[] {
  const ids = [...text.matchAll(/\[([a-z]+\.[a-z0-9-]+)\](?!\()/g)].map(found => found[1]!);
  return [...new Set(ids)];
}

/** Paragraphs, list items and table rows, without code. */
export function blocks(text: string): string[] {
  const found: string[] = [];
  let open = false;
  for (const line of text.replace(/^```[\s\S]*?^```$/gm, '').split('\n')) {
    const begins = /^(\s*([-*]|\d+\.)\s|\||#)/.test(line);
    if (line.trim() === '') open = false;
    else if (begins || !open) {
      found.push(line);
      open = !/^[|#]/.test(line);
    } else found[found.length - 1] += ` ${line.trim()}`;
  }
  return found;
}
