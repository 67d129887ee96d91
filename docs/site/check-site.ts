/** Every link and anchor of the site leads somewhere, no page loads from elsewhere, none is heavy. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

/** What a page and all that it loads may weigh. */
export const MOST_BYTES = 300_000;

export interface SiteCheck {
  /** A sentence each. */
  readonly problems: readonly string[];
  /** Bytes of the heaviest page with its assets. */
  readonly heaviest: number;
  readonly links: number;
}

const ATTRIBUTE = /<(a|link|script|img)\b[^>]*?\s(?:href|src)="([^"]*)"/g;
const ID = /\sid="([^"]*)"/g;

export function checkSite(folder: string): SiteCheck {
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter(name => name.endsWith('.html'));
  const texts = new Map(files.map(name => [normalize(name), readFileSync(join(folder, name), 'utf8')]));
  const ids = new Map(
    [...texts].map(([name, text]) => [name, new Set([...text.matchAll(ID)].map(([, id]) => id!))]),
  );
  const problems: string[] = [];
  let heaviest = 0;
  let links = 0;
  for (const [name, text] of texts) {
    const loaded = new Set<string>();
    const twice = [...text.matchAll(ID)].map(([, id]) => id!).filter((id, at, all) => all.indexOf(id) !== at);
    for (const id of new Set(twice)) problems.push(`${name}: the anchor ${id} stands there more than once`);
    for (const [, element, address] of text.matchAll(ATTRIBUTE)) {
      if (address!.startsWith('data:')) continue;
      links += 1;
      if (/^[a-z]+:/.test(address!)) {
        problems.push(`${name}: ${element} leads to ${address}, which is elsewhere`);
        continue;
      }
      const [path, anchor] = address!.split('#') as [string, string | undefined];
      const target = path === '' ? name : normalize(join(dirname(name), path.replace(/\?.*$/, '')));
      const file = target.endsWith('/') || target === '.' ? join(target, 'index.html') : target;
      if (element !== 'a') loaded.add(file);
      if (!existsSync(join(folder, file)) || relative(folder, join(folder, file)).startsWith('..'))
        problems.push(`${name}: ${address} leads nowhere`);
      else if (anchor !== undefined && !ids.get(normalize(file))?.has(anchor))
        problems.push(`${name}: ${address} names an anchor that is not there`);
    }
    // The two tools bring the whole kit along.
    const tool = [...loaded].some(file => file.startsWith('tools/'));
    const weight =
      text.length +
      [...loaded]
        .filter(file => existsSync(join(folder, file)))
        .reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
    if (tool) continue;
    heaviest = Math.max(heaviest, weight);
    if (weight > MOST_BYTES)
      problems.push(`${name}: weighs ${weight} bytes with what it loads; at most ${MOST_BYTES} are allowed`);
  }
  return { problems, heaviest, links };
}
