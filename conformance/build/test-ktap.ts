/**
 * `npm run test:ktap`: the KTAP report as the kernel's own parser reads it (tools/testing/kunit of the kernel's source
 * package), for a reference that conforms, one that does not, and one as found. `--kunit DIR` names a parser that is
 * there already.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../cli/version.ts';
import type { EndEvent } from '../run/events.ts';
import {
  cacheRoot,
  findMirror,
  makeScratch,
  openPrivateApt,
  publishDirectory,
  removeStaleScratch,
  requireTools,
  runTool,
  sortVersions,
} from '../targets/qemu/index.ts';

/** The machine's own kernel source: its parser is as old as any that a user has. */
const PACKAGE = 'linux-source-6.1';
const PARSER = 'tools/testing/kunit';
const SCRATCH = 'kunit';
const TARGETS = [
  'reference:ethosu',
  'reference:ethosu,as=linux-7.3',
  'reference:ethosu,mutant=node.gpu-major',
];

/** The folder of kunit.py, unpacked into the user's cache. It runs only from a path that ends as in the kernel's tree. */
async function fetchParser(): Promise<string> {
  const final = join(cacheRoot(), 'kunit');
  if (existsSync(join(final, PARSER, 'kunit.py'))) return join(final, PARSER);
  requireTools(['apt-get', 'apt-cache', 'dpkg', 'xz'], 'Fetching the parser');
  mkdirSync(cacheRoot(), { recursive: true });
  removeStaleScratch(cacheRoot(), SCRATCH);
  const scratch = makeScratch(cacheRoot(), SCRATCH);
  try {
    const apt = await openPrivateApt(await findMirror(), join(scratch.path, 'apt'), 'amd64');
    const [version] = await sortVersions((await apt.show([PACKAGE])).map(each => each.version));
    if (version === undefined) throw new Error(`the apt mirror of this computer offers no ${PACKAGE}`);
    const [debs, root] = [join(scratch.path, 'debs'), join(scratch.path, 'root')];
    mkdirSync(debs);
    await apt.download([{ name: PACKAGE, version }], debs);
    for (const deb of readdirSync(debs)) await runTool('dpkg', ['-x', join(debs, deb), root]);
    const source = join(root, 'usr/src', `${PACKAGE}.tar.xz`);
    const made = join(scratch.path, 'made');
    mkdirSync(made);
    const words = ['-C', made, '--strip-components=1', '-xf', source, `${PACKAGE}/${PARSER}`];
    const { status, stderr } = spawnSync('tar', words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`tar could not unpack ${PARSER} (${stderr.trim()})`);
    publishDirectory(made, final);
    return join(final, PARSER);
  } finally {
    scratch.remove();
  }
}

let passed = 0;
let failed = 0;
function check(name: string, good: boolean, detail: string): void {
  if (good) passed += 1;
  else failed += 1;
  console.log(`${good ? 'ok    ' : 'FAILED'} ${name}: ${detail}`);
}

function compare(parser: string, folder: string, target: string): void {
  const main = join(packageRoot(), 'dist/conformance/cli/main.js');
  const [stream, file] = [join(folder, 'run.jsonl'), join(folder, 'run.ktap')];
  const run = (...words: string[]) => spawnSync(process.execPath, [main, ...words], { encoding: 'utf8' });
  run('validate', target, '--format', 'jsonl', '--out', stream);
  run('report', stream, '--format', 'ktap', '--out', file);
  const end = JSON.parse(readFileSync(stream, 'utf8').trim().split('\n').at(-1)!) as EndEvent;
  const { counts } = end;
  const wanted = {
    passed: counts.conforms + counts['violates (known)'] + counts.drift + counts.silent,
    failed: counts.violates + counts.unknown + counts['kit error'],
    skipped: counts['not claimed'] + counts['not reached'],
  };
  // The system's own Python: another one that comes first in PATH may lack what the parser needs.
  const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
  const { stdout } = spawnSync(python, [join(parser, 'kunit.py'), 'parse', file], { encoding: 'utf8' });
  const summary = stdout.split('\n').find(line => line.includes('Testing complete')) ?? 'no summary';
  const count = (word: string) => Number(new RegExp(`${word}: (\\d+)`).exec(summary)?.[1] ?? 0);
  const equal = (['passed', 'failed', 'skipped'] as const).every(word => count(word) === wanted[word]);
  const detail = `${summary.replace(/^.*Testing complete\. /, '')}; expected ${JSON.stringify(wanted)}`;
  check(target, equal && count('errors') === 0 && count('crashed') === 0, detail);
}

const { values } = parseArgs({ options: { kunit: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-'));
try {
  const parser = values.kunit ?? (await fetchParser());
  for (const target of TARGETS) compare(parser, folder, target);
} catch (error) {
  check('the parser', false, (error as Error).message);
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
