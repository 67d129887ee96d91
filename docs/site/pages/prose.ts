/** Pages that are written as prose: the chapters, silences, findings and the protocol. */
import { chapters, silences, silencesKernel } from '../../../spec/index.ts';
import { code, html, table } from '../html.ts';
import type { Markdown } from '../markdown.ts';
import type { Page } from '../page.ts';
import { QUESTIONS } from '../questions.ts';

export function chapterPages(markdown: Markdown): Page[] {
  const list = chapters.map(
    ({ name, title, summary }) => html`<li><a href="/spec/${name}/">${title}</a><br>${summary}</li>`,
  );
  const index = html`<h1>Specification</h1><ol class="chapters">${list}</ol>`;
  const pages = chapters.map(({ name, number, title, text }, at): Page => {
    const [before, after] = [chapters[at - 1], chapters[at + 1]];
    const next = html`<nav class="turn" aria-label="Chapters">
${before ? html`<a rel="prev" href="/spec/${before.name}/">${before.number}. ${before.title}</a>` : html`<span></span>`}
${after ? html`<a rel="next" href="/spec/${after.name}/">${after.number}. ${after.title}</a>` : html``}</nav>`;
    const body = html`<h1>${number}. ${title}</h1>${markdown.render(text)}${next}`;
    return { path: `spec/${name}`, title, section: 'Specification', body };
  });
  return [{ path: 'spec', title: 'Specification', section: 'Specification', body: index }, ...pages];
}

export function silencePage(): Page {
  const parts = silences.map(({ id, question, why, documents, drivers, recommends, clauses }) => {
    const rows = [
      ...documents.map(({ says, source }) => ['documents', says, code(source), '']),
      ...drivers.map(({ driver, does, source, evidence }) => [driver, does, code(source), evidence]),
    ];
    const cited = clauses.map((each, at) => [
      at > 0 ? ', ' : '',
      html`<a class="id" href="/clauses/${each}/">${each}</a>`,
    ]);
    return html`<h2 id="${id}">${question}</h2><p>${why}</p>
${table(`What is said and done: ${id}`, ['who', 'what', 'source', 'seen or read'], rows)}
<p><strong>Recommended:</strong> ${recommends}</p>${clauses.length > 0 ? html`<p>Clauses: ${cited}</p>` : html``}`;
  });
  const body = html`<h1>Silences</h1>
<p>What documents leave open, or drivers of Linux ${silencesKernel} answer differently.</p>${parts}`;
  return { path: 'silences', title: 'Silences', section: 'Silences', body };
}

/** A page that the repository has as Markdown. */
export function markdownPage(
  path: string,
  title: string,
  section: string,
  text: string,
  markdown: Markdown,
): Page {
  // The first line of a page that is generated tells its editors so.
  return { path, title, section, body: markdown.render(text.replace(/^<!--[\s\S]*?-->\s*/m, '')) };
}

/** Guides by what somebody wants to do, in the order of the list. */
const GUIDES: readonly (readonly [name: string, title: string, who: string])[] = [
  ['validate', 'Validate your driver', 'on a board, in a virtual machine, on this computer'],
  ['report', 'Read a report', 'verdicts, findings, exit status, formats'],
  ['unknown', 'A driver without a description', 'judged by its header, described by answers'],
  ['gate', 'Bring a driver', 'everything that has to come with it, and how it is looked at'],
  ['compare', 'Compare two targets', 'two kernels, two modules, a kernel and the reference'],
  ['driver', 'Add a driver', 'from its header to a described, checked driver'],
  ['clause', 'Add a clause', 'from a sentence to a demand that is tested'],
  ['bindings', 'Use the bindings', 'typed calls, and opening a device by its driver'],
  ['run', 'Run a program on the reference', 'without hardware, rights or a module'],
  ['serve', 'Serve the reference to a whole system', 'one node for every program, by CUSE'],
];

/** @param text the Markdown of a guide */
export function guidePages(text: (name: string) => string, markdown: Markdown): Page[] {
  const list = GUIDES.map(
    ([name, title, who]) => html`<li><a href="/guides/${name}/">${title}</a><br>${who}</li>`,
  );
  const asked = QUESTIONS.map(
    ({ question, words, answer }) =>
      html`<li><a href="/${answer}">${question}</a><br>or <a href="/names/?q=${encodeURIComponent(words)}">search for ${words}</a></li>`,
  );
  const index = html`<h1>Guides</h1><ul class="chapters">${list}</ul>
<h2 id="questions">Questions of a driver's author</h2><ul class="chapters" data-pagefind-ignore>${asked}</ul>`;
  return [
    { path: 'guides', title: 'Guides', section: 'Guides', body: index },
    ...GUIDES.map(([name, title]) => markdownPage(`guides/${name}`, title, 'Guides', text(name), markdown)),
  ];
}
