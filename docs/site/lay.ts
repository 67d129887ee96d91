/**
 * Lays a built site into the branch that is served: the newest at the root, a release in the folder of its tag, which is
 * written once. Every version then gets the page that lists all of them.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { whole } from './page.ts';
import { type PublishedVersion, versionsPage } from './pages/versions.ts';

/** Beside the pages of every version: what it is. */
export const VERSION_FILE = 'version.json';
/** A tag of a release, and its folder. */
const TAG = /^v\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;
/** What is no part of a site at the root of the branch. */
const KEPT = ['.git', '.nojekyll', 'CNAME'];

export class LayError extends Error {}

/** @param ref as git names it: refs/heads/main, refs/tags/v1.2.3 */
export function folderOf(ref: string): string {
  const tag = /^refs\/tags\/(.*)$/.exec(ref)?.[1];
  if (tag === undefined) return '';
  if (!TAG.test(tag)) throw new LayError(`the tag ${tag} is no release, expected vMAJOR.MINOR.PATCH`);
  return tag;
}

export function layOut(site: string, branch: string, ref: string): readonly PublishedVersion[] {
  const folder = folderOf(ref);
  if (!existsSync(join(site, VERSION_FILE)))
    throw new LayError(`${site} has no ${VERSION_FILE}; build the site first: npm run docs`);
  mkdirSync(branch, { recursive: true });
  if (folder === '') {
    for (const name of readdirSync(branch))
      if (!KEPT.includes(name) && !TAG.test(name)) rmSync(join(branch, name), { recursive: true });
  } else if (existsSync(join(branch, folder)))
    throw new LayError(`${folder} is published already, and a release never changes`);
  cpSync(site, join(branch, folder), { recursive: true });
  writeFileSync(join(branch, '.nojekyll'), '');
  const versions = versionsIn(branch);
  for (const each of versions) {
    const to = join(branch, each.folder, 'versions');
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, 'index.html'), whole(versionsPage(versions, each.folder), each.version));
  }
  return versions;
}

/** The newest first, then the releases from the last to the first. */
function versionsIn(branch: string): PublishedVersion[] {
  const numbers = (tag: string) => tag.slice(1).split(/[.-]/).map(Number);
  const later = (a: string, b: string) => {
    const [one, two] = [numbers(a), numbers(b)];
    const at = one.findIndex((part, index) => part !== two[index]);
    return at < 0 ? 0 : (two[at] ?? 0) - one[at]!;
  };
  const tags = readdirSync(branch)
    .filter(name => TAG.test(name))
    .sort(later);
  return ['', ...tags].flatMap(folder => {
    const file = join(branch, folder, VERSION_FILE);
    if (!existsSync(file)) return [];
    const { version, date } = JSON.parse(readFileSync(file, 'utf8')) as PublishedVersion;
    return [{ folder, version, date }];
  });
}
