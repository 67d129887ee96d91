/** The text of a chapter: where its head ends, and what it cites. */

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
