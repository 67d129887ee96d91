/**
 * `npm run test:native`: what needs compilers. Every file of tests named `*.test-native.ts`, and every layout, hole,
 * request number and constant of the facts against the compilers of five ABIs.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../cli/version.ts';
import { checkAbi, describeAbis } from './check-abi.ts';
import { committedVersion, factsFor } from './facts-for.ts';

const TESTS = join(packageRoot(), 'dist/conformance');

let passed = 0;
let failed = 0;

/** Runs a file of tests that need a compiler, in a process of its own. */
function compiledTests(file: string): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(TESTS, file)], { encoding: 'utf8' });
  const total = Number(/Total:\s+(\d+)/.exec(stdout)?.[1] ?? 0);
  const good = Number(/Passed:\s+(\d+)/.exec(stdout)?.[1] ?? 0);
  passed += good;
  failed += status === 0 && total > 0 ? 0 : Math.max(1, total - good);
  if (status !== 0) console.log(stdout, stderr);
  else for (const [line] of stdout.matchAll(/^.*: not run, .*$/gm)) console.log(line);
  console.log(`${file}: ${good} of ${total} tests`);
}

/** Every file of tests that need a compiler. */
function testFiles(): string[] {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' });
  return files.filter(name => name.endsWith('.test-native.js')).sort();
}

async function abiTests(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-facts-'));
  try {
    const { include, facts, what } = await factsFor(committedVersion(), folder);
    console.log(`layouts: ${what}`);
    const abis = checkAbi(include, facts);
    for (const line of describeAbis(abis)) console.log(line);
    for (const { headers, differences } of abis) {
      const good = differences.length === 0 && headers.some(({ compared }) => compared.type > 0);
      if (good) passed += 1;
      else failed += 1;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

try {
  for (const file of testFiles()) compiledTests(file);
  await abiTests();
} catch (error) {
  failed += 1;
  console.log(`FAILED ${(error as Error).message}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
