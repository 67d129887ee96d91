/**
 * `npm run test:native`: what needs compilers. The executor's own tests, native and 32-bit, the programs that
 * `replay --c` prints, the C headers that `generate` writes, and every layout, hole, request number and constant of the facts against the compilers of five
 * ABIs.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../cli/version.ts';
import { checkAbi, describeAbis } from './check-abi.ts';
import { committedVersion, factsFor } from './facts-for.ts';

let passed = 0;
let failed = 0;

/** Runs a file of tests that need a compiler, in a process of its own. */
function compiledTests(name: string, file: string): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(packageRoot(), 'dist/conformance', file)],
    { encoding: 'utf8' },
  );
  const total = Number(/Total:\s+(\d+)/.exec(stdout)?.[1] ?? 0);
  const good = Number(/Passed:\s+(\d+)/.exec(stdout)?.[1] ?? 0);
  passed += good;
  failed += status === 0 && total > 0 ? 0 : Math.max(1, total - good);
  if (status !== 0) console.log(stdout, stderr);
  else for (const [line] of stdout.matchAll(/^.*: not run, .*$/gm)) console.log(line);
  console.log(`${name}: ${good} of ${total} tests`);
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
  compiledTests('executor', 'executor/executor.test-native.js');
  compiledTests('replay --c', 'trace/c-program.test-native.js');
  compiledTests('generate --lang c', 'bindings/c-headers.test-native.js');
  compiledTests('vectors in C', 'bindings/vectors.test-native.js');
  compiledTests('example programs', 'bindings/examples.test-native.js');
  await abiTests();
} catch (error) {
  failed += 1;
  console.log(`FAILED ${(error as Error).message}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
