/**
 * `npm run test:planted`: faults that our own kernel module has when it is told to (reference/module/accelref_fault.h),
 * each looked for by the kit as a user would: validate has to end with 1 and name a clause that is about the fault.
 * Needs QEMU and a cross compiler. `--whole` runs every clause instead of those that matter; `--only NAME,...`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../cli/version.ts';
import type { EndEvent, StreamEvent, VerdictEvent } from '../run/events.ts';
import { machines } from '../targets/qemu/index.ts';

const MACHINE = 'accelref';
/** Takes longer than all other clauses together; only what leaks needs it. */
const ROUNDS = 'handle.balance';

interface Planted {
  /** What is run to find it. */
  readonly select: string;
  /** One of these has to be violated. */
  readonly clauses: readonly string[];
  /** It shows only where the allocator looks at what is freed: on a plain kernel nothing is seen. */
  readonly checks?: 'memory';
}

const planted: Readonly<Record<string, Planted>> = {
  leak: { select: `${ROUNDS}@DRM_IOCTL_ACCELREF_BO_CREATE*`, clauses: ['handle.balance'] },
  'use-after-free': { select: 'job,kernel', clauses: ['kernel.log'], checks: 'memory' },
  'uninitialised-pad': { select: 'file', clauses: ['file.read'] },
  'missing-copy-check': { select: 'argument.pointer', clauses: ['argument.pointer'] },
  'lock-imbalance': { select: 'handle.zero,kernel', clauses: ['kernel.alive'] },
  'wrong-errno': { select: 'handle.never-issued', clauses: ['handle.never-issued'] },
  'stuck-wait': { select: 'job', clauses: ['job.completion'] },
  'mmap-range': { select: 'mapping', clauses: ['mapping.range'] },
  'missing-privilege': { select: 'dispatch.permission', clauses: ['dispatch.permission'] },
  'double-release': { select: 'handle.never-issued,kernel', clauses: ['kernel.log', 'kernel.alive'] },
};

interface Found {
  readonly status: number;
  readonly end: EndEvent;
  readonly violated: readonly string[];
  readonly seconds: number;
}

async function run(target: string, select: string): Promise<Found> {
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-planted-'));
  const stream = join(folder, 'stream.jsonl');
  const main = join(packageRoot(), 'dist/conformance/cli/main.js');
  const start = performance.now();
  const words = [main, 'validate', target, '--select', select, '--format', 'jsonl', '--out', stream];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [status] = (await once(child, 'close')) as [number | null];
  const events = readFileSync(stream, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as StreamEvent);
  rmSync(folder, { recursive: true });
  const violated = events.filter(
    (event): event is VerdictEvent => event.event === 'verdict' && event.verdict === 'violates',
  );
  return {
    status: status ?? -1,
    end: events.at(-1) as EndEvent,
    violated: [...new Set(violated.map(({ clause }) => clause))],
    seconds: (performance.now() - start) / 1000,
  };
}

const { values } = parseArgs({ options: { only: { type: 'string' }, whole: { type: 'boolean' } } });
const faults = machines.find(({ name }) => name === MACHINE)!.built!.faults;
const only = values.only?.split(',') ?? faults;
let passed = 0;
let failed = 0;

function check(name: string, good: boolean, detail: string): void {
  if (good) passed += 1;
  else failed += 1;
  console.log(`${good ? 'ok    ' : 'FAILED'} ${name}: ${detail}`);
}

for (const fault of faults.filter(each => only.includes(each))) {
  const { select, clauses, checks } = planted[fault]!;
  const target = `qemu:${MACHINE},fault=${fault}`;
  const chosen = values.whole && !clauses.includes(ROUNDS) ? `!${ROUNDS}` : select;
  const found = await run(checks === undefined ? target : `${target},checks=${checks}`, chosen);
  const named = found.violated.filter(clause => clauses.includes(clause));
  const others = found.violated.filter(clause => !clauses.includes(clause));
  check(
    fault,
    found.status === 1 && named.length > 0,
    `${named.join(', ') || 'NOT FOUND'}${others.length > 0 ? ` (also ${others.join(', ')})` : ''}${checks === undefined ? '' : `, with checks=${checks}`}; ${found.end.steps} steps, ${found.seconds.toFixed(0)} s`,
  );
}
// What those runs say counts only if the same clauses are silent on the module without a fault.
const all = [...new Set(Object.values(planted).map(({ select }) => select))].join(',');
const plain = await run(`qemu:${MACHINE}`, all);
check(
  'without a fault',
  plain.status === 0 && plain.violated.length === 0,
  `${plain.violated.join(', ') || 'nothing found'}; ${plain.end.steps} steps, ${plain.seconds.toFixed(0)} s`,
);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
