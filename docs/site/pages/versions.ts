/** The versions of the site: the newest, and what each release left. Links lead up from whichever version they stand in. */
import { html, table } from '../html.ts';
import type { Page } from '../page.ts';

export interface PublishedVersion {
  /** Its folder below the root of all; empty for the newest. */
  readonly folder: string;
  /** Of the kit, as in package.json. */
  readonly version: string;
  /** The day on which it was built. */
  readonly date: string;
}

/** @param here the folder of the version that the page belongs to; undefined where nothing is laid out yet */
export function versionsPage(versions: readonly PublishedVersion[], here?: string): Page {
  // From the page to the root of all versions: out of its own folder, and out of that of its release.
  const up = here ? '../../' : '../';
  const rows = versions.map(({ folder, version, date }) => {
    const name = folder === '' ? 'the newest, from the branch main' : `release ${folder}`;
    const shown = folder === here ? html`<strong>${name}</strong> (you are here)` : name;
    const to = folder === here ? '../' : `${up}${folder === '' ? '' : `${folder}/`}`;
    return [html`<a href="${to}">${shown}</a>`, version, date];
  });
  const body = html`<h1>Versions</h1>
<p>The site is built anew with every change. Each release leaves a copy that stays as it was, under its tag: a link into it shows for ever what the specification said then.</p>
${table('Versions of this site', ['version', 'of the kit', 'built'], rows)}`;
  return { path: 'versions', title: 'Versions', section: '', body, unsearched: true };
}
