/** The bytes of a struct, as tables: one for all ABIs that agree, and what is otherwise on the rest. */
import { layoutGroups } from '../../../conformance/index.ts';
import {
  ABI_NAMES,
  fieldOf,
  type Layout,
  layoutOf,
  memberPath,
  membersOf,
  spellType,
  type TypeTable,
} from '../../../schemas/index.ts';
import { code, type Html, html, table } from '../html.ts';
import { fieldAnchor } from '../places.ts';

/** What is said of a field beside its place. */
export type FieldNote = (path: string) => Html | string | undefined;

/** Bytes that are drawn in a row of eight; longer ones are told by the table alone. */
const MOST_DRAWN = 256;

/** Every byte of the struct, eight in a row, each run of bytes as a cell of its own. */
function drawing(layout: Layout, where: string): Html {
  if (layout.size === 0 || layout.size > MOST_DRAWN) return html``;
  const own: (string | undefined)[] = new Array(layout.size).fill(undefined);
  for (const { path, offset, size, composite } of layout.fields)
    if (!composite) own.fill(memberPath(path), offset, offset + size);
  const rows: Html[] = [];
  for (let start = 0; start < layout.size; start += 8) {
    const cells: Html[] = [];
    for (let at = start; at < Math.min(start + 8, layout.size); ) {
      let end = at + 1;
      while (end < Math.min(start + 8, layout.size) && own[end] === own[at]) end += 1;
      const name = own[at];
      cells.push(
        name === undefined
          ? html`<td colspan="${end - at}" class="hole">hole</td>`
          : html`<td colspan="${end - at}">${name}</td>`,
      );
      at = end;
    }
    rows.push(html`<tr><th scope="row">${start}</th>${cells}</tr>`);
  }
  const heads = Array.from({ length: 8 }, (_, at) => html`<th scope="col">+${at}</th>`);
  return html`<div class="wide" role="region" aria-label="Bytes of ${layout.name} on ${where}" tabindex="0"><table class="bytes">
<caption>Its bytes, eight in a row</caption><thead><tr><td></td>${heads}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

const heading = (level: 2 | 3, text: string) =>
  level === 2 ? html`<h2>${text}</h2>` : html`<h3>${text}</h3>`;

/** @param level of the headings: they stand below one of the level before */
export function structTables(types: TypeTable, name: string, note: FieldNote, level: 2 | 3): Html {
  const parts = layoutGroups(types, name).map(({ abis, layout }, index) => {
    const where = abis.length === ABI_NAMES.length ? 'every ABI' : abis.join(', ');
    const rows = membersOf(types, name).map(({ path, type, depth }) => {
      const spelled = spellType(type, types);
      if (path === null)
        return ['', '', html`<span class="depth" style="--depth:${depth}">${spelled}</span>`, '', ''];
      const field = fieldOf(layout, path.replaceAll('[]', '[0]'));
      const anchor = index === 0 ? html` id="${fieldAnchor(path)}"` : html``;
      const label = html`<span class="depth"${anchor} style="--depth:${depth}">${code(path)}</span>`;
      return [field.offset, field.size, label, code(spelled), note(path)];
    });
    const holes = layout.holes.map(({ offset, size }) => `${size} bytes at ${offset}`).join(', ');
    const aligned = [...new Set(abis.map(abi => layoutOf(types, name, abi).align))];
    return html`${heading(level, `On ${where}: ${layout.size} bytes, aligned to ${aligned.join(' or ')}`)}
${drawing(layout, where)}
${table(`Members on ${where}`, ['offset', 'size', 'member', 'type', 'meaning'], rows)}
${holes === '' ? html`<p>No byte is left over.</p>` : html`<p>Holes: ${holes}.</p>`}`;
  });
  return html`${parts}`;
}
