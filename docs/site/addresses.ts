/**
 * Addresses that somebody may have written down: pages, and the anchors of what has a name of its own. The list that is
 * kept (addresses.txt, a page a line with its anchors) only grows; what goes leaves word where it went (moved.ts).
 */
import { html } from './html.ts';
import type { Moved } from './moved.ts';
import type { Page } from './page.ts';

/** Anchors by page; a page ends with a slash, the first one is empty. */
export type Addresses = ReadonlyMap<string, ReadonlySet<string>>;

/** Headings of prose are worded anew; of these pages only the page itself is kept. */
const PROSE = /^(?:$|spec|guides|protocol|findings|decode|run|versions|names\/$)/;
const ID = /\sid="([^"]*)"/g;

const folder = (path: string) => (path === '' ? '' : `${path}/`);

export function addressesOf(pages: readonly Page[]): Addresses {
  return new Map(
    pages.map(({ path, body }) => {
      const page = folder(path);
      const ids = PROSE.test(page) ? [] : [...body.text.matchAll(ID)].map(([, id]) => id!);
      return [page, new Set(ids)];
    }),
  );
}

export function readAddresses(text: string): Addresses {
  const lines = text.split('\n').filter(line => line !== '');
  return new Map(
    lines.map(line => {
      const [page, ...anchors] = line.split(' ');
      return [page!.slice(1), new Set(anchors)];
    }),
  );
}

/** Both lists as one, in a fixed order. */
export function addressText(kept: Addresses, now: Addresses): string {
  const pages = [...new Set([...kept.keys(), ...now.keys()])].sort();
  return pages
    .map(page => {
      const anchors = [...new Set([...(kept.get(page) ?? []), ...(now.get(page) ?? [])])].sort();
      return `${[`/${page}`, ...anchors].join(' ')}\n`;
    })
    .join('');
}

/** A sentence for each address of the list that leads nowhere any more. */
export function vanished(kept: Addresses, now: Addresses): string[] {
  return [...kept].flatMap(([page, anchors]) => {
    const here = now.get(page);
    const gone = here ? [...anchors].filter(id => !here.has(id)).map(id => `/${page}#${id}`) : [`/${page}`];
    return gone.map(
      address =>
        `${address} was published and is gone; say in docs/site/moved.ts where it went, or why it is no more`,
    );
  });
}

/** How many addresses the list does not have yet. */
export function unrecorded(kept: Addresses, now: Addresses): number {
  let count = 0;
  for (const [page, anchors] of now) {
    if (!kept.has(page)) count += 1;
    for (const id of anchors) if (!kept.get(page)?.has(id)) count += 1;
  }
  return count;
}

/** What stands where an address was: a page of its own, or a line at the end of the page that lost an anchor. */
export function withMoved(pages: readonly Page[], moved: readonly Moved[]): Page[] {
  const all = new Map(pages.map(page => [folder(page.path), page]));
  for (const { from, to, why } of moved) {
    const [page, anchor] = from.slice(1).split('#') as [string, string?];
    const word = html`${to === undefined ? 'This is no more' : html`This is now at <a href="${to}">${to}</a>`}: ${why}`;
    const there = all.get(page);
    if (anchor === undefined)
      all.set(page, {
        path: page.slice(0, -1),
        title: 'Moved',
        section: there?.section ?? '',
        body: html`<h1>Moved</h1><p>${word}</p>`,
        unsearched: true,
      });
    else if (there)
      all.set(page, {
        ...there,
        body: html`${there.body}<p class="moved" id="${anchor}"><code>#${anchor}</code> ${word}</p>`,
      });
  }
  return [...all.values()];
}
