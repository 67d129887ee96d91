/**
 * `npm run test:unknown`: a driver that nobody has described, on a stock kernel, judged by its header alone (level L1). It is
 * our own module under another name: with a fault in how its calls reach their handlers validate has to name the clause
 * of it, and without one nothing may be held against it, whatever the seed. The first seed runs everything, the others
 * what a seed changes and what the header alone judges. Needs QEMU. `--seeds N` (default 50), `--quick`: two faults
 * and two seeds, `--only faults,seeds`, `--fault WORDS`: only those with these words in their name.
 */
import { join } from 'node:path';
import { readHeaderFacts } from '../cli/header-facts.ts';
import { scriptArgs } from '../cli/script-args.ts';
import { packageRoot, version } from '../cli/version.ts';
import { Selection } from '../run/select.ts';
import { validate } from '../run/validate.ts';
import { openTarget } from '../targets/open.ts';
import { again } from './kernel-seeds.ts';
import { runValidate } from './run-validate.ts';
import { seededClauses } from './seeded.ts';
import { STRANGE, strangeFaults, strangeModule } from './strange-driver.ts';
import { check, closeTally } from './tally.ts';

const MACHINE = 'qemu:accelref';
const SEEDS = 50;
/** What is judged by the header alone (families/header.ts). */
const BY_HEADER = ['dispatch', 'output.untouched'];
const GOOD = ['conforms', 'not claimed', 'not reached', 'silent', 'violates (known)'];

const { values } = scriptArgs({
  options: {
    seeds: { type: 'string' },
    quick: { type: 'boolean' },
    only: { type: 'string' },
    fault: { type: 'string' },
  },
});
const parts = new Set(values.only?.split(',') ?? ['faults', 'seeds']);
const header = join(packageRoot(), 'reference/module/uapi/drm/accelref_accel.h');

const faults = strangeFaults.filter(
  ({ name }, at) => (values.fault === undefined || name.includes(values.fault)) && (!values.quick || at < 2),
);
for (const fault of parts.has('faults') ? faults : []) {
  const words = ['--header', header, '--module', await strangeModule(fault), '--runs', '0'];
  const { status, verdicts, run, seconds } = await runValidate(MACHINE, [
    ...words,
    ...['--select', BY_HEADER.join(',')],
  ]);
  const violated = verdicts.filter(({ verdict }) => verdict === 'violates');
  const named = violated.filter(({ clause }) => clause === fault.clause);
  const own = named.filter(({ instance }) => instance.startsWith('DRM_IOCTL_ACCELREF_'));
  const clauses = [...new Set(violated.map(({ clause }) => clause))];
  check(
    fault.name,
    status === 1 && own.length > 0 && own.length === named.length && run?.target.level === 'L1',
    `${clauses.join(', ') || 'NOT FOUND'} at ${own.length} calls, level ${run?.target.level}, ${seconds.toFixed(0)} s`,
  );
}

async function withoutFault(seeds: number): Promise<void> {
  const facts = await readHeaderFacts(header);
  const changing = await seededClauses('reference:accelref', { facts });
  const target = await openTarget(MACHINE, { modules: [await strangeModule()] });
  try {
    const fresh = again(target);
    for (let seed = 1; seed <= seeds; seed += 1) {
      const select = new Selection(
        seed === 1 ? '!handle.balance' : [...changing, ...BY_HEADER, 'kernel'].join(','),
      );
      const bad: string[] = [];
      let named = '';
      const settings = { seed, runs: 5, tier: 'reversible', requireMust: true, version, facts } as const;
      const end = await validate(fresh(), { ...settings, select, now: () => performance.now() }, event => {
        if (event.event === 'run') named = `${event.target.driver} ${event.target.level}`;
        if (event.event === 'verdict' && !GOOD.includes(event.verdict))
          bad.push(`${event.verdict} ${event.clause} @ ${event.instance}: ${event.reason}`);
      });
      check(
        `no false alarm, --seed ${seed}`,
        end.status === 0 && end.complete && bad.length === 0 && named === `${STRANGE} L1`,
        `${bad.join('; ') || end.reason || 'nothing is held against it'}; ${named}, ${end.steps} steps, conforms ${end.counts.conforms}`,
      );
      if (!end.complete) break;
    }
  } finally {
    await target.close();
  }
}

if (parts.has('seeds')) await withoutFault(Number(values.seeds ?? (values.quick ? 2 : SEEDS)));
closeTally();
