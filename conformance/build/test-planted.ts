/**
 * `npm run test:planted`: faults that our own kernel module has when it is told to (reference/module/accelref_fault.h),
 * each looked for by the kit as a user would: validate has to end with 1 and name a clause that is about the fault.
 * Needs QEMU and a cross compiler. `--whole` runs every clause instead of those that matter; `--only NAME,...`.
 */
import { scriptArgs } from '../cli/script-args.ts';
import { machines } from '../targets/qemu/index.ts';
import { runValidate, UnreadableRun } from './run-validate.ts';
import { check, closeTally } from './tally.ts';

const MACHINE = 'accelref';
/** Takes longer than all other clauses together; only what leaks needs it. */
const ROUNDS = 'handle.balance';

interface Planted {
  /** What is run to find it. */
  readonly select: string;
  /** One of these has to be violated. */
  readonly clauses: readonly string[];
  /** Where the allocator has to look at what is freed. */
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

/** Runs validate, and tells the clauses that were violated; a run that could not begin fails the check `name`. */
async function run(name: string, target: string, select: string) {
  const validated = await runValidate(target, ['--select', select]).catch((error: unknown) => {
    if (!(error instanceof UnreadableRun)) throw error;
    check(name, false, error.message);
    return undefined;
  });
  if (!validated) return undefined;
  const violated = validated.verdicts.filter(({ verdict }) => verdict === 'violates');
  return { ...validated, violated: [...new Set(violated.map(({ clause }) => clause as string))] };
}

const { values } = scriptArgs({ options: { only: { type: 'string' }, whole: { type: 'boolean' } } });
const faults = machines.find(({ name }) => name === MACHINE)!.built!.faults;
const only = values.only?.split(',') ?? faults;

const strange = only.filter(each => !faults.includes(each));
if (strange.length > 0) {
  console.error(`there is no fault ${strange.join(', ')}; expected one of ${faults.join(', ')}`);
  process.exit(2);
}

for (const fault of faults.filter(each => only.includes(each))) {
  const sought = planted[fault];
  if (!sought) {
    check(fault, false, 'nothing is said of what finds it');
    continue;
  }
  const { select, clauses, checks } = sought;
  const target = `qemu:${MACHINE},fault=${fault}`;
  const chosen = values.whole && !clauses.includes(ROUNDS) ? `!${ROUNDS}` : select;
  const found = await run(fault, checks === undefined ? target : `${target},checks=${checks}`, chosen);
  if (!found) continue;
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
const plain = await run('without a fault', `qemu:${MACHINE}`, all);
if (plain)
  check(
    'without a fault',
    plain.status === 0 && plain.violated.length === 0,
    `${plain.violated.join(', ') || 'nothing found'}; ${plain.end.steps} steps, ${plain.seconds.toFixed(0)} s`,
  );
closeTally();
