/**
 * What `git bisect run` calls for each commit: builds the module of the working tree and compares it with the one of
 * this package. `bisect-step.js TREE SELECT LOG`; the exit status is that of compare, 125 when it does not compile.
 */
import { appendFileSync } from 'node:fs';
import { buildModule, QemuError } from '../targets/qemu/index.ts';
import { runCompare } from './run-compare.ts';

const MACHINE = 'qemu:accelref';
const CANNOT_TELL = 125;
const [tree, select, log] = process.argv.slice(2) as [string, string, string];

try {
  const { ko } = await buildModule({ source: tree, kernel: 'newest', arch: 'amd64' });
  const { status } = await runCompare(MACHINE, MACHINE, [
    '--module-b',
    ko,
    '--runs',
    '0',
    '--select',
    select,
  ]);
  appendFileSync(log, `${status}\n`);
  process.exitCode = status < 0 ? CANNOT_TELL : status;
} catch (error) {
  if (!(error instanceof QemuError)) throw error;
  console.error(error.message);
  process.exitCode = CANNOT_TELL;
}
