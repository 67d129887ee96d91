/** A page for every clause: what it says and rests on, what tests it, and what real drivers did. */
import type { Traced } from '../../../conformance/index.ts';
import type { CallDescription, Deviation } from '../../../schemas/index.ts';
import { type Clause, chapters, clauseFiles, clauses, sinceOf } from '../../../spec/index.ts';
import { code, type Html, html, slug, table } from '../html.ts';
import type { Markdown } from '../markdown.ts';
import type { Page } from '../page.ts';
import { callAddress, checkAnchor } from '../places.ts';

const SHOWS: Readonly<Record<Clause['observable'], string>> = {
  static: 'in a header or a description',
  dynamic: 'on a device, or on what stands in for one',
  process: 'in how a driver is brought and reviewed',
  no: 'nowhere that the kit can look',
};

/** What tests a clause and is no family: it is told in words. */
const WORDS: ReadonlySet<string> = new Set(['every step', 'random programs']);

/** What stock drivers are known to do otherwise, by clause. */
export type Recorded = ReadonlyMap<string, readonly (Deviation & { readonly driver: string })[]>;

/** The calls and the checks in them that cite a clause. */
export type Citing = ReadonlyMap<
  string,
  readonly { readonly call: CallDescription; readonly check: string }[]
>;

function verdicts({ kernels, models }: Traced): Html {
  const rows = [
    ...Object.entries(kernels).map(([target, verdict]) => [code(target), verdict, 'met a kernel']),
    ...Object.entries(models).map(([target, verdict]) => [code(target), verdict, 'model only']),
  ];
  if (rows.length === 0) return html`<p>No run is kept that came to it.</p>`;
  return table('Worst verdict of each kept run', ['target', 'verdict', 'rests on'], rows);
}

function tests({ id, observable }: Clause, { tests: by, mutants }: Traced): Html {
  if (observable === 'process' || observable === 'no') return html``;
  const named =
    by.length === 0
      ? html`nothing yet`
      : html`${by.map((name, at) => [at > 0 ? ', ' : '', WORDS.has(name) ? name : code(name)])}`;
  const what = observable === 'dynamic' ? 'Programs of these families of the kit: ' : 'Rules and scripts: ';
  const dying =
    mutants.length === 0
      ? html``
      : html`<details><summary>${mutants.length} mutants die by it</summary><p>${mutants.map((name, at) => [at > 0 ? ', ' : '', code(name)])}</p></details>`;
  const run =
    observable === 'dynamic'
      ? html`<p>Try it: ${code(`accel-uapi validate TARGET --select ${id}`)}</p>`
      : html``;
  return html`<h2 id="tests">What tests it</h2><p>${by.length === 0 ? '' : what}${named}</p>${dying}${run}`;
}

function cited(id: string, citing: Citing): Html {
  const rules = citing.get(id) ?? [];
  if (rules.length === 0) return html``;
  const links = rules.map(({ call, check }) => {
    return html`<li><a href="${callAddress(call)}#${checkAnchor(check)}">${call.id}.${check}</a></li>`;
  });
  return html`<h2 id="checks">Checks that rest on it</h2><details open><summary>${rules.length} of described calls</summary><ul>${links}</ul></details>`;
}

function otherwise(id: string, recorded: Recorded): Html {
  const rows = (recorded.get(id) ?? []).map(({ driver, id: name, does, source }) => [
    driver,
    html`<a href="/drivers/${driver}/#${slug(name)}">${name}</a>`,
    does,
    code(source),
  ]);
  return rows.length === 0
    ? html``
    : table('Deviations on record', ['driver', 'deviation', 'what it does', 'source'], rows);
}

interface Around {
  readonly traced: ReadonlyMap<string, Traced>;
  readonly citing: Citing;
  readonly recorded: Recorded;
  readonly markdown: Markdown;
}

function clausePage(family: string, one: Clause, around: Around): Page {
  const { citing, recorded, markdown } = around;
  const traced = around.traced.get(one.id)!;
  const where = chapters.filter(({ cites }) => cites.includes(one.id));
  const body = html`<p class="above"><a href="/clauses/#${family}">${family}</a></p>
<h1>${one.id}</h1>
<p class="sentence"><strong class="level">${one.level}</strong> ${one.sentence}</p>
<dl>
<dt>Because</dt><dd>${one.reason}</dd>
<dt>Basis</dt><dd>${one.basis}: ${code(one.source)}</dd>
<dt>Since</dt><dd>${sinceOf(one.id)}</dd>
<dt>A violation shows</dt><dd>${SHOWS[one.observable]}${one.why ? `: ${one.why}` : ''}</dd>
${where.length > 0 ? html`<dt>In</dt><dd>${where.map(({ name, title }, at) => [at > 0 ? ', ' : '', html`<a href="/spec/${name}/">${title}</a>`])}</dd>` : html``}
</dl>
<h2 id="remedies">What to do about a violation</h2>
<ul>${one.remedies.map(each => html`<li>${each}</li>`)}</ul>
${one.example ? markdown.code(one.example, 'c') : html``}
${tests(one, traced)}
${one.observable === 'dynamic' ? html`<h2 id="verdicts">What drivers did</h2>${verdicts(traced)}${otherwise(one.id, recorded)}` : html``}
${cited(one.id, citing)}`;
  return { path: `clauses/${one.id}`, title: one.id, section: 'Clauses', body };
}

export function clausePages(around: Around): Page[] {
  const pages = clauses.map(one => clausePage(one.id.slice(0, one.id.indexOf('.')), one, around));
  const lists = clauseFiles.map(({ family, title, clauses: own }) => {
    const rows = own.map(({ id, level, sentence }) => [
      html`<a href="/clauses/${id}/">${id}</a>`,
      level,
      sentence,
    ]);
    return html`<h2 id="${family}">${title}</h2>${table(`Clauses of the family ${family}`, ['clause', 'level', 'says'], rows)}`;
  });
  const body = html`<h1>Clauses</h1>
<p>Each demand has an id that never moves. A driver is held to those of level MUST; SHOULD is this specification's advice, FROZEN is what one driver does and its users rest on, ADVISORY is told and never judged.</p>
<ul class="families">${clauseFiles.map(({ family }) => html`<li><a href="#${family}">${family}</a></li>`)}</ul>
${lists}`;
  return [{ path: 'clauses', title: 'Clauses', section: 'Clauses', body }, ...pages];
}
