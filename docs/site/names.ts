/** The index of names: every ioctl, struct, constant, errno, clause, check and silence with the page that has it. */
import { checks, type DriverDescription } from '../../schemas/index.ts';
import { clauses, silences } from '../../spec/index.ts';
import { html, table } from './html.ts';
import type { Page } from './page.ts';
import { netlinkAddress, netlinkNames } from './pages/netlink.ts';
import { PHRASES } from './phrases.ts';
import { callAddress, checkAnchor, fieldAnchor, ioctlAddress, structAddress } from './places.ts';

export interface Name {
  readonly name: string;
  readonly what: string;
  readonly to: string;
}

function ofDriver(driver: DriverDescription): Name[] {
  const { name: owner, facts } = driver;
  const base = `/drivers/${owner}/`;
  const known = facts.ioctls.filter(({ name }) => owner !== 'drm' || driver.calls.has(name));
  return [
    { name: owner, what: 'driver', to: base },
    ...known.map(({ name }) => ({ name, what: 'ioctl', to: ioctlAddress(owner, name) })),
    ...known.flatMap(({ name }) => {
      const call = driver.calls.get(name);
      if (!call) return [];
      return checks(call.semantics.body).map(({ check }) => ({
        name: `${call.id}.${check}`,
        what: 'check',
        to: `${callAddress(call)}#${checkAnchor(check)}`,
      }));
    }),
    ...facts.types.map(({ name }) => ({ name, what: 'struct', to: structAddress(owner, name) })),
    ...facts.types.flatMap(type =>
      type.members.flatMap(({ name }) =>
        name === null
          ? []
          : [
              {
                name: `${type.name}.${name}`,
                what: 'member',
                to: `${structAddress(owner, type.name)}#${fieldAnchor(name)}`,
              },
            ],
      ),
    ),
    ...[...facts.constants, ...facts.enums.flatMap(({ members }) => members)].map(({ name }) => ({
      name,
      what: 'constant',
      to: `${base}#${name}`,
    })),
  ];
}

/** Errnos lead to the chapter that says what each means; a call's own are on its page. */
function errnos(drivers: readonly DriverDescription[]): Name[] {
  const all = drivers.flatMap(({ calls }) =>
    [...calls.values()].flatMap(({ semantics }) => checks(semantics.body).map(({ errno }) => errno)),
  );
  return [...new Set(all)].sort().map(name => ({ name, what: 'errno', to: `/names/errno/#${name}` }));
}

export function allNames(drivers: readonly DriverDescription[]): Name[] {
  const seen = new Set<string>();
  return [
    ...clauses.map(({ id }) => ({ name: id, what: 'clause', to: `/clauses/${id}/` })),
    ...PHRASES.map(([name, id]) => ({ name, what: `see ${id}`, to: `/clauses/${id}/` })),
    ...silences.map(({ id }) => ({ name: id, what: 'silence', to: `/silences/#${id}` })),
    ...netlinkNames().map(name => ({ name, what: 'netlink family', to: netlinkAddress(name) })),
    ...errnos(drivers),
    ...drivers.flatMap(ofDriver),
  ].filter(({ name, what }) => {
    const key = `${what} ${name}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** Most letters that a name can share with the one before it: one digit of base 36. */
const MOST_SHARED = 35;

/** Each name as the letters that it has in common with the one before, counted, and the rest; then `#` and the anchor, if that is not the name. */
function packed(names: readonly (readonly [name: string, anchor: string])[]): string {
  let before = '';
  return names
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, anchor]) => {
      let shared = 0;
      while (shared < Math.min(name.length, MOST_SHARED) && name[shared] === before[shared]) shared += 1;
      before = name;
      return `${shared.toString(36)}${name.slice(shared)}${anchor === name ? '' : `#${anchor}`}`;
    })
    .join('|');
}

/**
 * What the search loads, small enough for a page: pages, each with its kinds of names and those in one text
 * (assets/names.js reads it).
 */
export function namesFile(names: readonly Name[]): string {
  const pages = new Map<string, Map<string, [string, string][]>>();
  for (const { name, what, to } of names) {
    const [page, anchor = ''] = to.split('#') as [string, string?];
    const kinds = pages.get(page) ?? new Map<string, [string, string][]>();
    pages.set(page, kinds);
    kinds.set(what, [...(kinds.get(what) ?? []), [name, anchor]]);
  }
  return JSON.stringify(
    [...pages].map(([page, kinds]) => [page, [...kinds].map(([what, list]) => [what, packed(list)])]),
  );
}

/** Errnos with the checks that give them. */
export function errnoPage(drivers: readonly DriverDescription[]): Page {
  const rows = new Map<string, Map<string, string>>();
  for (const { calls } of drivers)
    for (const call of calls.values())
      for (const { check, errno } of checks(call.semantics.body)) {
        const own = rows.get(errno) ?? new Map<string, string>();
        if (call.request) own.set(`${call.id}.${check}`, `${callAddress(call)}#${checkAnchor(check)}`);
        rows.set(errno, own);
      }
  const parts = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([errno, own]) => {
      const links = [...own].map(([id, to]) => html`<li><a href="${to}">${id}</a></li>`);
      return html`<h2 id="${errno}">${errno}</h2><details><summary>${own.size === 1 ? '1 check' : `${own.size} checks`} of described calls</summary><ul class="names">${links}</ul></details>`;
    });
  const body = html`<h1>Errnos</h1>
<p>What each means is in <a href="/spec/errors/">Errors and precedence</a>; here are the checks that give it.</p>${parts}`;
  return { path: 'names/errno', title: 'Errnos', section: 'Clauses', body };
}

/** The search: names and prose, found by a script; without it the sections stand there. */
export function searchPage(): Page {
  const kinds = [
    [html`<a href="/spec/">the specification</a>`, 'chapters'],
    [html`<a href="/clauses/">clauses</a>`, 'what a driver has to do'],
    [html`<a href="/names/errno/">errnos</a>`, 'the checks that give each'],
    [html`<a href="/drivers/">drivers</a>`, 'ioctls, structs, members, constants'],
    [html`<a href="/silences/">silences</a>`, 'what is left open'],
  ];
  const body = html`<h1>Search</h1>
<form class="find" role="search">
<label for="q">An ioctl, a struct, an errno, a constant, a clause, or words</label>
<input id="q" name="q" type="search" autocomplete="off" spellcheck="false"><button>Find</button>
</form>
<p id="told" role="status"></p>
<h2>Names</h2>
<ol id="found"></ol>
<h2>Pages</h2>
<ol id="pages"></ol>
<noscript><p>The search needs JavaScript; nothing else here does.</p></noscript>
${table('Where to look', ['place', 'what'], kinds)}
<script src="/names.js" type="module"></script>`;
  return { path: 'names', title: 'Search', section: '', body, unsearched: true };
}
