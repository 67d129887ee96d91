/** A page of the site, and what is around it: head, navigation, foot. */
import { type Html, html } from './html.ts';

export interface Page {
  /** Its folder below the site, without slashes at the ends; empty for the first page. */
  readonly path: string;
  readonly title: string;
  /** The section of the navigation that it belongs to. */
  readonly section: string;
  readonly body: Html;
  /** Not found by the search for prose. */
  readonly unsearched?: true;
}

/** Sections in the order of the navigation, with their first pages. */
export const SECTIONS: readonly (readonly [title: string, path: string])[] = [
  ['Specification', 'spec'],
  ['Clauses', 'clauses'],
  ['Drivers', 'drivers'],
  ['Verdicts', 'verdicts'],
  ['Silences', 'silences'],
  ['Findings', 'findings'],
  ['Guides', 'guides'],
  ['Protocol', 'protocol'],
  ['Decode', 'decode'],
  ['Run the kit', 'run'],
];

/** From a page to the first one; the site can lie in any folder. */
export function rootOf(path: string): string {
  return path === '' ? './' : '../'.repeat(path.split('/').length);
}

/** Links between pages are written from the root, as `/clauses/`; here they become relative. */
function relative(text: string, root: string): string {
  return text.replace(/(href|src|data-worker)="\/([^"]*)"/g, (_, name, to) => `${name}="${root}${to}"`);
}

/** What a chapter says weighs more than the pages made from descriptions, of which every driver brings some alike. */
function searched({ path, unsearched }: Page) {
  if (unsearched) return html``;
  return path.startsWith('spec/')
    ? html` data-pagefind-body data-pagefind-weight="2"`
    : html` data-pagefind-body`;
}

/** @param version of the kit, for the foot */
export function whole(page: Page, version: string): string {
  const { path, title, section, body } = page;
  const links = SECTIONS.map(([name, to]) => {
    const here = name === section ? html` aria-current="true"` : html``;
    return html`<li><a href="/${to}/"${here}>${name}</a></li>`;
  });
  const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title === '' ? 'accel-uapi' : `${title} - accel-uapi`}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
<script src="/scheme.js"></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<a class="name" href="/">accel-uapi</a>
<nav aria-label="Sections"><ul>${links}<li><a href="/names/"${path === 'names' ? html` aria-current="true"` : html``}>Search</a></li></ul></nav>
</header>
<main id="content" tabindex="-1"${searched(page)}>
${body}
</main>
<footer><p>The specification of the Linux accel uAPI, version ${version}. <a href="/versions/">Versions</a>. MIT licence.</p></footer>
</body>
</html>
`;
  return relative(text.text, rootOf(path));
}
