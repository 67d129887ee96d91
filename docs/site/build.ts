/** `npm run docs`: writes the site to dist/site, and checks every link of it. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Eleventy from '@11ty/eleventy';
import { close, createIndex } from 'pagefind';
import { citations, packageRoot, readVerdictFiles, trace } from '../../conformance/index.ts';
import { mutants } from '../../reference/index.ts';
import { type CallDescription, catalogue, checks } from '../../schemas/index.ts';
import { toolPages, toolScripts } from '../tools/index.ts';
import { checkSite } from './check-site.ts';
import { Markdown } from './markdown.ts';
import { allNames, errnoPage, namesFile, searchPage } from './names.ts';
import { type Page, whole } from './page.ts';
import { clausePages } from './pages/clauses.ts';
import { driverPages } from './pages/drivers.ts';
import { homePage } from './pages/home.ts';
import { netlinkPages } from './pages/netlink.ts';
import { chapterPages, guidePages, markdownPage, silencePage } from './pages/prose.ts';
import { verdictPage } from './pages/verdicts.ts';

const ASSETS = ['style.css', 'scheme.js', 'names.js'];
/** Pagefind's own pages and styles. */
const UNUSED = /^pagefind-(?:ui|modular-ui|component-ui|highlight)/;

/** The checks of all calls that cite each clause. */
function citing(calls: Iterable<CallDescription>) {
  const found = new Map<string, { call: CallDescription; check: string }[]>();
  for (const call of calls) {
    if (!call.request) continue;
    for (const { check, clause } of checks(call.semantics.body))
      found.set(clause, [...(found.get(clause) ?? []), { call, check }]);
  }
  return found;
}

export async function sitePages(root: string): Promise<Page[]> {
  const { core, drivers } = catalogue();
  const all = [core, ...drivers.values()];
  const own = [
    ...core.calls.values(),
    ...[...drivers.values()].flatMap(driver =>
      driver.facts.ioctls.flatMap(({ name }) => driver.calls.get(name) ?? []),
    ),
  ];
  const markdown = await Markdown.make();
  const files = readVerdictFiles(root);
  const traced = trace(await citations(), mutants, files);
  const text = (name: string) => readFileSync(join(root, 'docs', name), 'utf8');
  const findings = text('findings.md');
  return [
    homePage(all, findings.match(/^## /gm)?.length ?? 0),
    ...chapterPages(markdown),
    ...clausePages(new Map(traced.map(row => [row.id, row])), citing(own), markdown),
    ...driverPages(all),
    ...netlinkPages(),
    ...guidePages(name => text(`guides/${name}.md`), markdown),
    verdictPage(files, traced),
    silencePage(),
    markdownPage('findings', 'Findings', 'Findings', findings, markdown),
    markdownPage('protocol', 'Protocol', 'Protocol', text('protocol.md'), markdown),
    errnoPage(all),
    searchPage(),
    ...toolPages(),
  ];
}

export async function buildSite(root: string, out: string): Promise<number> {
  const pages = await sitePages(root);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const list = pages.map(page => ({
    path: page.path === '' ? 'index.html' : `${page.path}/index.html`,
    text: whole(page),
  }));
  const empty = join(root, 'dist/docs/site/input');
  mkdirSync(empty, { recursive: true });
  const site = new Eleventy(empty, out, {
    quietMode: true,
    config: config => {
      config.setUseGitIgnore(false);
      config.addGlobalData('list', list);
      config.addTemplate('pages.11ty.js', {
        data: {
          pagination: { data: 'list', size: 1, alias: 'one' },
          permalink: (data: { one: { path: string } }) => data.one.path,
        },
        render: (data: { one: { text: string } }) => data.one.text,
      });
    },
  });
  await site.write();
  for (const name of ASSETS) copyFileSync(join(root, 'docs/site/assets', name), join(out, name));
  mkdirSync(join(out, 'tools'), { recursive: true });
  for (const [name, script] of await toolScripts(root)) writeFileSync(join(out, 'tools', name), script);
  const { core, drivers } = catalogue();
  writeFileSync(join(out, 'names.json'), namesFile(allNames([core, ...drivers.values()])));
  await indexProse(out);
  return list.length;
}

/** The index of Pagefind, beside the pages; its own user interface is not used. */
async function indexProse(out: string): Promise<void> {
  const { index, errors } = await createIndex();
  if (!index) throw new Error(`Pagefind made no index: ${errors.join('; ')}`);
  await index.addDirectory({ path: out });
  const { files } = await index.getFiles();
  for (const { path, content } of files) {
    if (UNUSED.test(path)) continue;
    const file = join(out, 'pagefind', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  await close();
}

const root = packageRoot();
const out = join(root, 'dist/site');
const start = performance.now();
const count = await buildSite(root, out);
const { problems, heaviest, links } = checkSite(out);
for (const problem of problems) console.log(problem);
console.log(
  `${count} pages in ${out}, ${((performance.now() - start) / 1000).toFixed(1)} s; ${links} links and anchors checked, the heaviest page has ${Math.ceil(heaviest / 1000)} kB with its assets`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
