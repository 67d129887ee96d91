/** The netlink families that a driver's services go through: operations, attributes, notifications, refusals. */
import { netlinkJson } from '../../../conformance/index.ts';
import { type NetlinkDescription, netlinkFamilies } from '../../../schemas/index.ts';
import { code, type Html, html, slug, table } from '../html.ts';
import type { Page } from '../page.ts';

type Operation = NetlinkDescription['operations'][number];
type Exchange = NonNullable<Operation['do']>;

const listed = (names: readonly string[]) =>
  names.length === 0 ? 'nothing' : html`${names.map((name, at) => [at > 0 ? ', ' : '', code(name)])}`;

function exchange(operation: string, mode: string, one: Exchange): Html {
  const { request, required, replies, reply, checks, note } = one;
  const rows = checks.map(({ id, errno, when, basis, source }) => [
    html`<span id="${slug(`${mode}-${operation}-${id}`)}">${code(id)}</span>`,
    code(errno),
    when,
    basis,
    code(source),
  ]);
  return html`<h4>${mode}</h4>
<p>Takes ${listed(request)}; needs ${listed(required)}. Gives ${reply === 'none' ? 'only an acknowledgement' : html`${reply === 'many' ? 'any number of replies' : 'one reply'} with ${listed(replies)}`}.</p>
${note ? html`<p>${note}</p>` : html``}
${rows.length > 0 ? table(`Refusals of ${operation}, ${mode}`, ['check', 'errno', 'when', 'basis', 'source'], rows) : html``}`;
}

function operation(one: Operation): Html {
  const { name, constant, doc, privilege, note, sent, emits = [] } = one;
  const caused = emits.map(
    ({ notification, when }) => html`<li>${code(notification)}${when ? `, when ${when}` : ''}</li>`,
  );
  return html`<h3 id="${slug(name)}">${name}</h3>
<p>${doc} ${code(constant)}${privilege ? html`, needs ${privilege}` : html``}${one.since ? `, since Linux ${one.since}` : ''}.</p>
${note ? html`<p>${note}</p>` : html``}
${sent ? html`<p>Sent to the group ${code(sent.group)}: ${sent.when} (${code(sent.source)}). With ${listed(sent.always)}; may have ${listed(sent.attributes)}.</p>` : html``}
${one.do ? exchange(name, 'do', one.do) : html``}${one.dump ? exchange(name, 'dump', one.dump) : html``}
${caused.length > 0 ? html`<p>Causes, in this order:</p><ol>${caused}</ol>` : html``}`;
}

function familyPage(name: string, described: NetlinkDescription): Page {
  const { doc, header, kernel, groups, enums, sets, operations } = described;
  const attributes = sets.map(set => {
    const rows = set.attributes.map(each => [
      each.number,
      code(each.name),
      each.type,
      each.doc,
      each.since ?? '',
    ]);
    return html`<h3 id="${slug(`set-${set.name}`)}">${set.name}</h3><p>${set.doc}</p>${table(`Attributes of ${set.name}`, ['number', 'attribute', 'type', 'what', 'since'], rows)}`;
  });
  const values = enums.map(each => {
    const rows = each.entries.map(entry => [entry.value, code(entry.constant), entry.doc ?? '']);
    return html`<h3 id="${slug(`enum-${each.name}`)}">${each.name}</h3><p>${each.doc}</p>${table(`Values of ${each.name}`, ['value', 'constant', 'what'], rows)}`;
  });
  const body = html`<p class="above"><a href="/drivers/">Drivers</a></p><h1>${name}</h1><p>${doc}</p>
<dl><dt>Header</dt><dd>${code(header)} of Linux ${kernel}</dd><dt>Groups</dt><dd>${listed(groups)}</dd></dl>
<h2 id="operations">Operations and notifications</h2>${operations.map(operation)}
<h2 id="attributes">Attributes</h2>${attributes}
<h2 id="values">Values</h2>${values}`;
  return { path: `netlink/${slug(name)}`, title: name, section: 'Drivers', body };
}

export const netlinkNames = (): string[] => [...netlinkFamilies().keys()];
export const netlinkAddress = (name: string): string => `/netlink/${slug(name)}/`;

export function netlinkPages(): Page[] {
  return [...netlinkFamilies()].map(([name, family]) => familyPage(name, netlinkJson(family)));
}
