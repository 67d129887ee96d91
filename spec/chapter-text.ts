/** The text of a chapter: where its head ends, what it cites, and the blocks that a rule of wording looks at. */

/** The YAML between the two lines of hyphens, and the text behind; nothing when the chapter has no such head. */
export function splitChapter(content: string): { head: string; text: string } | undefined {
  const found = /^---\n([\s\S]*?\n)---\n/.exec(content);
  return found ? { head: found[1]!, text: content.slice(found[0].length) } : undefined;
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
