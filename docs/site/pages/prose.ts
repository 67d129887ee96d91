/** Pages that are written as prose: the chapters, silences, findings and the protocol. */
import { chapters, silences, silencesKernel } from '../../../spec/index.ts';
import { code, html, table } from '../html.ts';
import type { Markdown } from '../markdown.ts';
import type { Page } from '../page.ts';

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
  return { path, title, section, body: markdown.render(text) };
}
