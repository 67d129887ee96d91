/**
 * `npm run test:ktap`: the KTAP report as the kernel's own parser reads it (tools/testing/kunit of the kernel's source
 * package), for a reference that conforms, one that does not, and one as found. `--kunit DIR` names a parser that is
 * there already.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scriptArgs } from '../cli/script-args.ts';
import { commandPath } from '../cli/version.ts';
import type { EndEvent } from '../run/events.ts';
import { fetchSource } from '../targets/qemu/index.ts';
import { PYTHON } from './python.ts';
import { check, closeTally } from './tally.ts';

/** The machine's own kernel source: its parser is as old as any that a user has. */
const PACKAGE = 'linux-source-6.1';
const PARSER = 'tools/testing/kunit';
const TARGETS = [
  'reference:ethosu',
  'reference:ethosu,as=linux-7.3',
  'reference:ethosu,mutant=node.gpu-major',
];

/** The folder of kunit.py. It runs only from a path that ends as in the kernel's tree. */
async function fetchParser(): Promise<string> {
  return join(await fetchSource({ package: PACKAGE, paths: [PARSER], shelf: 'kunit' }), PARSER);
}

function compare(parser: string, folder: string, target: string): void {
  const main = commandPath();
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
  const { stdout } = spawnSync(PYTHON, [join(parser, 'kunit.py'), 'parse', file], { encoding: 'utf8' });
  const summary = stdout.split('\n').find(line => line.includes('Testing complete')) ?? 'no summary';
  const count = (word: string) => Number(new RegExp(`${word}: (\\d+)`).exec(summary)?.[1] ?? 0);
  const equal = (['passed', 'failed', 'skipped'] as const).every(word => count(word) === wanted[word]);
  const detail = `${summary.replace(/^.*Testing complete\. /, '')}; expected ${JSON.stringify(wanted)}`;
  check(target, equal && count('errors') === 0 && count('crashed') === 0, detail);
}

const { values } = scriptArgs({ options: { kunit: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-'));
try {
  const parser = values.kunit ?? (await fetchParser());
  for (const target of TARGETS) compare(parser, folder, target);
} catch (error) {
  check('the parser', false, (error as Error).message);
} finally {
  rmSync(folder, { recursive: true });
}
closeTally();
