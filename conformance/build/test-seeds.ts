/**
 * `npm run test:seeds`: many seeds on every strict reference; no violation, no drift, no kit error. The first seed runs
 * everything, the others what a seed changes: the reference answers the same program in the same way. With `--on
 * reference:NAME,...` only on that, more than once if wanted; `--from N` begins with a later seed. With `--kernel qemu:NAME` on that machine instead: every
 * seed shows recorded deviations only, and all together show every one.
 */
import { modelledDrivers } from '../../schemas/index.ts';
import { scriptArgs } from '../cli/script-args.ts';
import { explainError } from '../cli/validate.ts';
import { version } from '../cli/version.ts';
import { Selection } from '../run/select.ts';
import { validate } from '../run/validate.ts';
import { openTarget } from '../targets/open.ts';
import { kernelSeeds } from './kernel-seeds.ts';
import { seededClauses } from './seeded.ts';

const SEEDS = 200;
const SEEDS_OF_KERNEL = 20;
/** Random programs a seed: few, since there are many seeds. */
const RUNS = 20;

async function onReferences(
  names: readonly string[],
  first: number,
  last: number,
): Promise<{ passed: number; failed: number }> {
  let passed = 0;
  let failed = 0;
  for (const name of names) {
    const changing = await seededClauses(name).catch((error: unknown) => {
      const sentence = explainError(error)?.sentence;
      if (sentence === undefined) throw error;
      console.error(`accel-uapi: ${sentence}`);
      process.exit(2);
    });
    console.log(`${name}: every seed after the first runs ${changing.join(', ')}, and the kernel's`);
    for (let seed = first; seed <= last; seed += 1) {
      const target = await openTarget(name);
      const bad: string[] = [];
      const settings = { seed, runs: RUNS, tier: 'reversible', requireMust: true, version } as const;
      const select = new Selection(seed === 1 ? undefined : [...changing, 'kernel'].join(','));
      const end = await validate(target, { ...settings, select, now: () => 0 }, event => {
        if (event.event !== 'verdict' || ['conforms', 'not claimed', 'not reached'].includes(event.verdict))
          return;
        bad.push(`${event.verdict} ${event.clause} @ ${event.instance}: ${event.reason}`);
      });
      if (end.status === 0 && end.complete && bad.length === 0) passed += 1;
      else {
        failed += 1;
        console.log(`FAILED ${name} --seed ${seed}: status ${end.status} ${end.reason} ${bad.join('; ')}`);
      }
    }
  }
  return { passed, failed };
}

async function onKernel(name: string, seeds: number): Promise<{ passed: number; failed: number }> {
  let passed = 0;
  let failed = 0;
  const check = (good: boolean, text: string) => {
    if (good) passed += 1;
    else failed += 1;
    console.log(`${good ? 'ok    ' : 'FAILED'} ${text}`);
  };
  try {
    const result = await kernelSeeds(name, { seeds, runs: RUNS }, (seed, shown, bad) => {
      const recordedOnly = `${shown.length} recorded deviations and nothing else`;
      check(bad.length === 0, `${name} --seed ${seed}: ${bad.join('; ') || recordedOnly}`);
    });
    const { missing, shown, steps, release } = result;
    check(
      missing.length === 0,
      `${name} (${release}): ${steps} steps, ${shown.size} recorded deviations shown${missing.length > 0 ? `, but not ${missing.join(', ')}` : ', which are all that were seen before'}`,
    );
  } catch (error) {
    check(false, `${name}: ${explainError(error)?.sentence ?? (error as Error).stack ?? String(error)}`);
  }
  return { passed, failed };
}

const { values } = scriptArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string' },
    kernel: { type: 'string' },
    on: { type: 'string', multiple: true },
  },
});
const { kernel, on } = values;
const first = Number(values.from ?? 1);
if (kernel !== undefined && (on !== undefined || values.from !== undefined)) {
  console.error('accel-uapi: --on and --from are of references and --kernel of a machine; give one of them');
  process.exit(2);
}
const seeds = Number(values.seeds ?? (kernel === undefined ? SEEDS : SEEDS_OF_KERNEL));
if (![seeds, first].every(number => Number.isInteger(number) && number > 0)) {
  console.error(
    `accel-uapi: --seeds ${values.seeds ?? seeds} --from ${values.from ?? first} are no numbers of seeds; expected 1 or more`,
  );
  process.exit(2);
}
const names = on ?? modelledDrivers().map(({ name }) => `reference:${name}`);
const { passed, failed } = await (kernel === undefined
  ? onReferences(names, first, first + seeds - 1)
  : onKernel(kernel, seeds));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
