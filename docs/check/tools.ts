/** The two tools: what they show is what the command line prints for the same. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page as Tab } from 'playwright-core';
import { commandPath, type VerdictEvent } from '../../conformance/index.ts';
import { withTab } from './tab.ts';
import { check } from './tally.ts';

const DECODED = [
  '0xc0106440',
  '0xc0106445',
  '0x40086409',
  'DRM_IOCTL_IVPU_SUBMIT',
  'DRM_IOCTL_GEM_CLOSE 0500000000000000',
  'DRM_IOCTL_ETHOSU_BO_CREATE 00100000000000000100000000000000',
  '0xc0206440',
  'ioctl(3, DRM_IOCTL_VERSION, 0x7ffe5c0d5d10) = 0',
  'ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x10), 0x7ffe5c0d5d10) = -1 EINVAL (Invalid argument)',
  'no request at all',
];
const RUNS: readonly { readonly driver: string; readonly mutant?: string; readonly select?: string }[] = [
  { driver: 'vgem' },
  { driver: 'accelref' },
  { driver: 'ethosu' },
  { driver: 'ethosu', select: 'handle,reserved,dispatch' },
  { driver: 'ethosu', mutant: 'node.gpu-major', select: 'node' },
  { driver: 'ethosu', mutant: 'no.such-mutant' },
];
/** The whole of ethosu takes a worker a minute or two on a small machine. */
const RUN_MS = 300_000;
/** More than any terminal: decode wraps sentences there, and the page leaves that to the reader. */
const COLUMNS = '100000';

function command(...words: string[]): Promise<string> {
  const main = commandPath();
  const env = { ...process.env, COLUMNS, NO_COLOR: '1' };
  return new Promise(resolve => {
    // Whatever the exit status is: a violation, or a word that is wrong, is what is compared.
    execFile(process.execPath, [main, ...words], { maxBuffer: 1 << 28, env }, (_, stdout, stderr) =>
      resolve(stdout === '' ? stderr.replace(/^accel-uapi: /, '') : stdout),
    );
  });
}

/** Without the places where lines were broken. */
const plain = (text: string) => text.replace(/\s+/g, ' ').trim();

const differs = (page: string, line: string) =>
  plain(page) === plain(line)
    ? undefined
    : `the page says ${JSON.stringify(page.slice(0, 200))}, the command line ${JSON.stringify(line.slice(0, 200))}`;

async function decoding(tab: Tab, origin: string): Promise<void> {
  await tab.goto(`${origin}/decode/`, { waitUntil: 'load' });
  for (const text of DECODED) {
    await tab.fill('#text', text);
    await tab.keyboard.press('Enter');
    const shown = await tab.locator('#result').innerText();
    check(
      `decode ${text}`,
      shown === '' ? 'the page says nothing' : differs(shown, await command('decode', text)),
    );
  }
}

/** The report without its first line, where the command line names the terminal's width by its breaks. */
async function running(tab: Tab, origin: string): Promise<void> {
  for (const { driver, mutant = '', select = '' } of RUNS) {
    await tab.goto(`${origin}/run/`, { waitUntil: 'load' });
    await tab.selectOption('#driver', driver);
    await tab.fill('#mutant', mutant);
    await tab.fill('#select', select);
    const target = `reference:${driver}${mutant === '' ? '' : `,mutant=${mutant}`}`;
    // Beside the page: each takes a processor for a while.
    const beside = command(
      ...['validate', target, '--format', 'jsonl'],
      ...(select === '' ? [] : ['--select', select]),
    );
    await tab.click('form button');
    await tab.waitForFunction("/^Done|there is no/.test(document.querySelector('#told').textContent)", null, {
      timeout: RUN_MS,
    });
    const line = await beside;
    const report = await tab.locator('#report').innerText();
    const name = `run ${target}${select === '' ? '' : ` --select ${select}`}`;
    if (report === '') {
      check(name, differs(await tab.locator('#told').innerText(), line));
      continue;
    }
    check(`${name}, the report`, differs(report, await printed(line)));
    const stream = await tab.evaluate<string>(
      "fetch(document.querySelector('#keep').href).then(answer => answer.text())",
    );
    check(`${name}, clause by clause`, otherVerdicts(verdictsOf(stream), verdictsOf(line)));
  }
}

/** The report of a stream, as the command line prints it. */
async function printed(stream: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-run-'));
  try {
    const file = join(folder, 'run.jsonl');
    writeFileSync(file, stream);
    return await command('report', file, '--format', 'pretty');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Verdicts = ReadonlyMap<string, string>;

/** How every clause instance of a run ended, and why. */
export function verdictsOf(stream: string): Verdicts {
  const events = stream
    .split('\n')
    .filter(line => line.startsWith('{"event":"verdict"'))
    .map(line => JSON.parse(line) as VerdictEvent);
  return new Map(
    events.map(({ clause, instance, verdict, reason }) => [`${clause}@${instance}`, `${verdict} ${reason}`]),
  );
}

export function otherVerdicts(page: Verdicts, line: Verdicts): string | undefined {
  if (line.size === 0) return 'the command line gave no verdict';
  const other = [...new Set([...page.keys(), ...line.keys()])].filter(key => page.get(key) !== line.get(key));
  const [first] = other;
  return first === undefined
    ? undefined
    : `${other.length} of ${line.size} verdicts differ, as ${first}: ${page.get(first)} on the page, ${line.get(first)} on the command line`;
}

export async function tools(browser: Browser, origin: string): Promise<void> {
  await withTab(browser, origin, { width: 1440, scheme: 'light' }, async (tab, messages) => {
    await decoding(tab, origin);
    await running(tab, origin);
    check('the tools, messages', messages.length === 0 ? undefined : messages.join('; '));
  });
}
