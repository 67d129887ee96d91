/**
 * `npm run test:docs`: the built site in headless Chromium - every kind of page, narrow and wide, light and dark, without
 * overflow, without a violation that axe knows, without a message or a request elsewhere; the search; the keyboard.
 * `--shots DIR` keeps pictures. Needs Chromium: $CHROMIUM, else /usr/bin/chromium;
 * without one it exits with 3.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, chromium, type Response, type Page as Tab } from 'playwright-core';
import { packageRoot, scriptArgs } from '../../conformance/index.ts';
import { MOST_BYTES } from '../site/check-site.ts';
import { QUESTIONS } from '../site/questions.ts';
import { scheme } from './scheme.ts';
import { serveFolder } from './serve.ts';
import { withTab } from './tab.ts';
import { check, closeTally } from './tally.ts';
import { tools } from './tools.ts';

/** The exit status without Chromium: 1 would say that the site is at fault. */
const NO_BROWSER = 3;
const WIDTHS = [360, 768, 1440];
/** One of each kind of page. */
const PAGES = [
  '',
  'spec/',
  'spec/errors/',
  'clauses/',
  'clauses/handle.never-issued/',
  'clauses/layout.fixed-width/',
  'drivers/',
  'drivers/ethosu/',
  'drivers/ethosu/submit/',
  'drivers/ivpu/submit/',
  'drivers/habanalabs/struct/hl_info_args/',
  'netlink/devlink/',
  'verdicts/',
  'gate/',
  'silences/',
  'findings/',
  'guides/',
  'guides/report/',
  'protocol/',
  'names/?q=handle',
  'names/errno/',
  'decode/?text=0xc0106440',
  'run/',
  'versions/',
];
/** How many answers somebody looks at. */
const LOOKED_AT = 3;
/** What is typed, and where the first answer leads. */
const NAMES: readonly (readonly [string, string])[] = [
  ['ENOENT', 'names/errno/#ENOENT'],
  ['DRM_IOCTL_IVPU_SUBMIT', 'drivers/ivpu/submit/'],
  ['handle.never-issued', 'clauses/handle.never-issued/'],
  ['drm_ethosu_submit', 'drivers/ethosu/struct/drm_ethosu_submit/'],
  ['must be zero', 'clauses/reserved.field/'],
];
/** Runs in the page. */
const OVERFLOW = `(() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  return wide > 0 ? 'the page is ' + wide + ' pixels wider than the window' : '';
})()`;

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const AXE = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ' at ' + nodes.slice(0, 3).map(({ target }) => target.join(' ')).join(', ')))`;

async function look(
  browser: Browser,
  origin: string,
  scheme: 'light' | 'dark',
  shots: string | undefined,
): Promise<void> {
  for (const width of WIDTHS)
    await withTab(browser, origin, { width, scheme }, async (tab, messages) => {
      for (const path of PAGES) {
        const name = `${path || 'home'} at ${width} pixels, ${scheme}`;
        await tab.goto(`${origin}/${path}`, { waitUntil: 'load' });
        if (path.includes('?q=')) await tab.waitForSelector('#found a');
        const wide = await tab.evaluate<string>(OVERFLOW);
        check(`${name}, overflow`, wide === '' ? undefined : wide);
        await tab.evaluate(axe);
        const found = await tab.evaluate<string[]>(AXE);
        check(`${name}, axe`, found.length === 0 ? undefined : found.join('; '));
        check(`${name}, messages`, messages.length === 0 ? undefined : messages.splice(0).join('; '));
        if (shots !== undefined)
          await tab.screenshot({
            path: join(shots, `${path.replace(/\W+/g, '-') || 'home'}-${width}-${scheme}.png`),
          });
      }
    });
}

/** The search loads its index when it is asked: what a page weighs then, which its HTML does not tell. */
async function weight(tab: Tab, address: string): Promise<void> {
  const bodies: Promise<number>[] = [];
  const count = (response: Response) => bodies.push(response.body().then(body => body.length));
  tab.on('response', count);
  await tab.goto(address, { waitUntil: 'networkidle' });
  tab.off('response', count);
  const bytes = (await Promise.all(bodies)).reduce((sum, size) => sum + size, 0);
  const fits = bytes > 0 && bytes <= MOST_BYTES;
  check('search, bytes', fits ? undefined : `it loads ${bytes} bytes; at most ${MOST_BYTES} are allowed`);
}

async function search(browser: Browser, origin: string): Promise<void> {
  await withTab(browser, origin, { width: 1440, scheme: 'light' }, async (tab, messages) => {
    const first = async (text: string, list: string) => {
      await tab.goto(`${origin}/names/?q=${encodeURIComponent(text)}`, { waitUntil: 'load' });
      await tab.waitForSelector(`#${list} a`);
      return tab.evaluate<string>(`document.querySelector('#${list} a').href`);
    };
    for (const [text, to] of NAMES) {
      const got = await first(text, 'found');
      check(`search for ${text}`, got === `${origin}/${to}` ? undefined : `the first name leads to ${got}`);
    }
    for (const { question, words, answer } of QUESTIONS) {
      await first(words, 'pages');
      const shown = await tab.evaluate<string[]>(
        `[...document.querySelectorAll('#found li:nth-child(-n+${LOOKED_AT}) a, #pages li:nth-child(-n+${LOOKED_AT}) a')].map(link => link.href)`,
      );
      const there = shown.includes(`${origin}/${answer}`);
      check(
        `search for "${words}"`,
        there ? undefined : `${question} ${answer} is not among ${shown.join(', ')}`,
      );
    }
    await weight(tab, `${origin}/names/?q=${encodeURIComponent(NAMES[0]![0])}`);
    check('search, messages', messages.length === 0 ? undefined : messages.join('; '));
  });
}

/** From the top of a page the keyboard reaches the skip link, the sections, and boxes that scroll. */
async function keyboard(browser: Browser, origin: string): Promise<void> {
  await withTab(browser, origin, { width: 360, scheme: 'light' }, async tab => {
    await tab.goto(`${origin}/drivers/ethosu/submit/`, { waitUntil: 'load' });
    const reached: string[] = [];
    for (let press = 0; press < 24; press += 1) {
      await tab.keyboard.press('Tab');
      reached.push(
        await tab.evaluate<string>('document.activeElement.className || document.activeElement.textContent'),
      );
    }
    const missing = ['skip', 'name', 'Specification', 'Search', 'wide'].filter(
      each => !reached.includes(each),
    );
    check('the keyboard', missing.length === 0 ? undefined : `never reaches ${missing.join(', ')}`);
    await tab.goto(`${origin}/spec/errors/`, { waitUntil: 'load' });
    await tab.keyboard.press('Tab');
    await tab.keyboard.press('Enter');
    const at = await tab.evaluate<string>('document.activeElement.id');
    check('the skip link', at === 'content' ? undefined : `leads to ${at || 'nothing'}`);
  });
}

async function withoutScript(browser: Browser, origin: string): Promise<void> {
  await withTab(browser, origin, { width: 768, scheme: 'light', script: false }, async tab => {
    for (const path of PAGES) {
      await tab.goto(`${origin}/${path}`, { waitUntil: 'load' });
      const text = await tab.locator('main').innerText();
      check(`${path || 'home'} without scripts`, text.length > 100 ? undefined : 'has next to no text');
    }
  });
}

const { values } = scriptArgs({ options: { shots: { type: 'string' } } });
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(executablePath)) {
  console.error(
    `nothing was checked: ${executablePath} is not there; install Chromium (the Debian package chromium), or name it in CHROMIUM`,
  );
  process.exit(NO_BROWSER);
}
if (values.shots !== undefined) mkdirSync(values.shots, { recursive: true });
const served = await serveFolder(join(packageRoot(), 'dist/site'));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
try {
  // Each scheme keeps a processor busy.
  await Promise.all(
    (['light', 'dark'] as const).map(scheme => look(browser, served.origin, scheme, values.shots)),
  );
  await search(browser, served.origin);
  await keyboard(browser, served.origin);
  await scheme(browser, served.origin);
  await withoutScript(browser, served.origin);
  await tools(browser, served.origin);
} finally {
  await browser.close();
  await served.close();
}
process.exitCode = closeTally();
