/**
 * `npm run test:kernel`: the stock driver on its stock kernel in a virtual machine. Validates it, and compares it
 * with the reference as found over random programs. Needs QEMU and a cross compiler; says so when they are missing.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { catalogue } from '../../schemas/index.ts';
import { explainError } from '../cli/validate.ts';
import { packageRoot } from '../cli/version.ts';
import { agree } from '../run/agree.ts';
import type { EndEvent, StreamEvent, VerdictEvent } from '../run/events.ts';
import { inRange } from '../run/explain.ts';
import { openTarget } from '../targets/open.ts';
import { bootCheck } from '../targets/qemu/qemu.test-kernel.ts';

/** As many as a reader can believe: every call in thousands of states. */
const PROGRAMS = 2000;
const SEED = 1;
/** What the run may take from a warm cache, boot included. */
const VALIDATE_LIMIT_S = 60;
const TARGET = 'qemu:ethosu';

let passed = 0;
let failed = 0;

function check(name: string, good: boolean, detail: string): void {
  if (good) passed += 1;
  else failed += 1;
  console.log(`${good ? 'ok    ' : 'FAILED'} ${name}: ${detail}`);
}

/** Runs the command as a user does and reads its stream. */
function validateKernel(): void {
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-'));
  const stream = join(folder, 'stream.jsonl');
  const main = join(packageRoot(), 'dist/conformance/cli/main.js');
  const start = performance.now();
  const { status } = spawnSync(
    process.execPath,
    [main, 'validate', TARGET, '--seed', String(SEED), '--format', 'jsonl', '--out', stream],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const seconds = (performance.now() - start) / 1000;
  const events = readFileSync(stream, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as StreamEvent);
  rmSync(folder, { recursive: true });
  const end = events.at(-1) as EndEvent;
  const verdicts = events.filter((event): event is VerdictEvent => event.event === 'verdict');
  check('exit status', status === 0, `${status}, expected 0`);
  check('complete', end.event === 'end' && end.complete, end.reason || `${end.steps} steps`);
  const [run] = events;
  // A kernel newer than the description may define more, and says so.
  const expected = run?.event === 'run' && run.target.newer ? ['unknown'] : [];
  const bad = verdicts.filter(
    verdict =>
      ['violates', 'drift', 'unknown', 'silent', 'kit error'].includes(verdict.verdict) &&
      !expected.includes(verdict.verdict),
  );
  check(
    'nothing but recorded deviations',
    bad.length === 0,
    bad.map(verdict => `${verdict.clause} @ ${verdict.instance}: ${verdict.reason}`).join('; ') ||
      `${end.counts.conforms} conform`,
  );
  const known = verdicts.filter(verdict => verdict.verdict === 'violates (known)');
  const deviations = [...new Set(known.flatMap(verdict => verdict.deviations))].sort();
  // A choice that the description leaves open is on record too, but violates nothing.
  const recorded = [...catalogue().drivers.values()]
    .flatMap(driver => inRange(driver, run?.event === 'run' ? run.target.release : ''))
    .filter(deviation => deviation.kind !== 'choice')
    .map(deviation => deviation.id)
    .sort();
  check(
    'the recorded deviations are all there',
    deviations.join() === recorded.join(),
    deviations.join(', '),
  );
  console.log(
    `       ${TARGET}: ${end.steps} steps, ${end.counts.conforms} conform, ${known.length} known, ${seconds.toFixed(1)} s with boot (limit ${VALIDATE_LIMIT_S} s)`,
  );
}

async function agreement(programs: number): Promise<void> {
  const target = await openTarget(TARGET);
  try {
    const start = performance.now();
    const result = await agree(target.link, { seed: SEED, programs });
    const seconds = (performance.now() - start) / 1000;
    for (const each of result.disagreements.slice(0, 20))
      console.log(`       program ${each.program} step ${each.step} ${each.label}: ${each.what}`);
    check(
      `reference:${result.driver},as=linux-7.3 agrees with ${result.release}`,
      result.disagreements.length === 0 && result.programs === programs,
      `${result.programs} programs, ${result.steps} steps, ${result.disagreements.length} disagreements, ${result.environmental} steps refused by the machine, ${seconds.toFixed(1)} s`,
    );
    const errnos = Object.entries(result.errnos).sort(([, a], [, b]) => b - a);
    console.log(`       ${errnos.map(([name, count]) => `${name} ${count}`).join(', ')}`);
  } finally {
    await target.close();
  }
}

const { values } = parseArgs({ options: { programs: { type: 'string', default: String(PROGRAMS) } } });
try {
  await bootCheck();
  check('both hardware profiles boot, and a panic is told', true, 'u65, u85');
  validateKernel();
  await agreement(Number(values.programs));
} catch (error) {
  const known = explainError(error);
  check('the kit', false, known?.sentence ?? (error as Error).stack ?? String(error));
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
