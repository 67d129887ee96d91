/** `npm run docs`: writes the site to dist/site, and checks every link of it and every address that was published. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Eleventy from '@11ty/eleventy';
import { close, createIndex } from 'pagefind';
import {
  citations,
  managementMutants,
  netlinkMutants,
  packageRoot,
  readGateResults,
  readVerdictFiles,
  scriptArgs,
  trace,
  version,
} from '../../conformance/index.ts';
import { allMutants } from '../../reference/index.ts';
import {
  type CallDescription,
  catalogue,
  checks,
  type Deviation,
  type DriverDescription,
} from '../../schemas/index.ts';
import { toolPages, toolScripts } from '../tools/index.ts';
import { addressesOf, addressText, readAddresses, unrecorded, vanished, withMoved } from './addresses.ts';
import { checkSite } from './check-site.ts';
import { VERSION_FILE } from './lay.ts';
import { Markdown } from './markdown.ts';
import { MOVED } from './moved.ts';
import { allNames, errnoPage, namesFile, searchPage } from './names.ts';
import { type Page, whole } from './page.ts';
import { clausePages, type Recorded } from './pages/clauses.ts';
import { driverPages } from './pages/drivers.ts';
import { gatePage } from './pages/gate.ts';
import { homePage } from './pages/home.ts';
import { netlinkPages } from './pages/netlink.ts';
import { chapterPages, guidePages, markdownPage, silencePage } from './pages/prose.ts';
import { verdictPage } from './pages/verdicts.ts';
import { versionsPage } from './pages/versions.ts';

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

/** The deviations of every driver, by the clause that they break; what the core does is on each of its drivers' records. */
function recorded(drivers: readonly DriverDescription[]): Recorded {
  const found = new Map<string, (Deviation & { driver: string })[]>();
  const seen = new Set<string>();
  for (const { name: driver, deviations } of drivers)
    for (const deviation of deviations) {
      if (seen.has(deviation.id)) continue;
      seen.add(deviation.id);
      found.set(deviation.clause, [...(found.get(deviation.clause) ?? []), { ...deviation, driver }]);
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
  const traced = trace(await citations(), [...allMutants(), ...netlinkMutants, ...managementMutants], files);
  const text = (name: string) => readFileSync(join(root, 'docs', name), 'utf8');
  const findings = text('findings.md');
  return [
    homePage(all, findings.match(/^## /gm)?.length ?? 0),
    ...chapterPages(markdown),
    ...clausePages({
      traced: new Map(traced.map(row => [row.id, row])),
      citing: citing(own),
      recorded: recorded(all),
      markdown,
    }),
    ...driverPages(all),
    ...netlinkPages(),
    ...guidePages(name => text(`guides/${name}.md`), markdown),
    verdictPage(files, traced),
    gatePage(readGateResults(root)),
    silencePage(),
    markdownPage('findings', 'Findings', 'Findings', findings, markdown),
    markdownPage('protocol', 'Protocol', 'Protocol', text('protocol.md'), markdown),
    errnoPage(all),
    searchPage(),
    ...toolPages(),
    versionsPage([{ folder: '', version, date: today() }]),
  ];
}

/** The day of the build; SOURCE_DATE_EPOCH makes it that of the source. */
function today(): string {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  return (epoch === undefined ? new Date() : new Date(Number(epoch) * 1000)).toISOString().slice(0, 10);
}

async function buildSite(root: string, out: string, pages: readonly Page[]): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const list = pages.map(page => ({
    path: page.path === '' ? 'index.html' : `${page.path}/index.html`,
    text: whole(page, version),
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
  writeFileSync(join(out, VERSION_FILE), `${JSON.stringify({ version, date: today() })}\n`);
  await indexProse(out);
}

/** Nothing that was published may vanish; `--record` adds what is new to the list. */
function checkAddresses(root: string, pages: readonly Page[], record: boolean): string[] {
  const file = join(root, 'docs/site/addresses.txt');
  const kept = readAddresses(readFileSync(file, 'utf8'));
  const now = addressesOf(pages);
  if (record) writeFileSync(file, addressText(kept, now));
  const added = unrecorded(kept, now);
  if (added > 0)
    console.log(
      record
        ? `${added} addresses are recorded from now on`
        : `${added} addresses are new; npm run docs -- --record keeps them`,
    );
  return vanished(kept, now);
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

const { values } = scriptArgs({ options: { record: { type: 'boolean', default: false } } });
const root = packageRoot();
const out = join(root, 'dist/site');
const start = performance.now();
const pages = withMoved(await sitePages(root), MOVED);
await buildSite(root, out, pages);
const { problems, heaviest, links } = checkSite(out);
const gone = checkAddresses(root, pages, values.record);
for (const problem of [...problems, ...gone]) console.log(problem);
console.log(
  `${pages.length} pages in ${out}, ${((performance.now() - start) / 1000).toFixed(1)} s; ${links} links and anchors checked, the heaviest page has ${Math.ceil(heaviest / 1000)} kB with its assets`,
);
process.exitCode = problems.length + gone.length === 0 ? 0 : 1;
