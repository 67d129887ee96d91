/** HTML from values: everything that is not made here is text and gets escaped. */

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, char => ENTITIES[char]!);
}

/** HTML that needs no escaping any more. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | undefined | readonly Part[];

function textOf(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(textOf).join('');
  return escapeText(String(part));
}

/** A template whose values are escaped, unless they are HTML themselves; lists are joined. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, at) => text + (at < parts.length ? textOf(parts[at]) : '')).join(''));
}

/** A cell of more letters than this is a sentence, which no narrow window shall squeeze into a word a line. */
const SENTENCE = 40;

/** Wide tables scroll in a box of their own, which the keyboard reaches. */
export function table(
  caption: string,
  head: readonly Part[],
  rows: readonly (readonly Part[])[],
  kind?: 'matrix',
): Html {
  const cells = (row: readonly Part[]) =>
    row.map(cell =>
      typeof cell === 'string' && cell.length > SENTENCE
        ? html`<td class="sentence-cell">${cell}</td>`
        : html`<td>${cell}</td>`,
    );
  return html`<div class="wide" role="region" aria-label="${caption}" tabindex="0"><table${kind ? html` class="${kind}"` : html``}>
<caption>${caption}</caption>
<thead><tr>${head.map(text => html`<th scope="col">${text}</th>`)}</tr></thead>
<tbody>${rows.map(row => html`<tr>${cells(row)}</tr>\n`)}</tbody>
</table></div>`;
}

export const code = (text: string): Html => html`<code>${text}</code>`;

/** Names of several words as part of an address or an anchor. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^-+|-+$/g, '');
}
