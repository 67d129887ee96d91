/**
 * `npm run test:memory`: one run of many steps on the in-process reference, with the heap after a collection at every
 * tenth of it. Flat: at the end at most a tenth more than after the first tenth. `--steps N`, `--driver NAME`.
 * A run of `--budget 8h` on a board must not end for want of memory.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { scriptArgs } from '../cli/script-args.ts';
import { version } from '../cli/version.ts';
import { Draw } from '../families/draw.ts';
import type { Case } from '../plan/case.ts';
import { Selection } from '../run/select.ts';
import { validate } from '../run/validate.ts';
import { openTarget } from '../targets/open.ts';

const STEPS = 10_000_000;
const SEED = 1;
const PARTS = 10;
/** Random programs that are drawn, and then run again and again: what is drawn is not what is measured. */
const PROGRAMS = 300;
/** What the heap may grow by after the first tenth: the code that V8 compiles late, and lists that fill up. */
const MOST_GROWTH = 1.1;
const MIB = 1 << 20;

const { values } = scriptArgs({
  options: {
    steps: { type: 'string', default: String(STEPS) },
    driver: { type: 'string', default: 'ethosu' },
  },
});
const wanted = Number(values.steps);
if (!Number.isInteger(wanted) || wanted < PARTS) {
  console.error(`--steps ${values.steps} is no number of steps; expected ${PARTS} or more`);
  process.exit(2);
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const heap = () => {
  collect();
  return process.memoryUsage().heapUsed;
};

let draw: Draw | undefined;
const drawn: (Case | undefined)[] = [];

const target = await openTarget(`reference:${values.driver}`);
const heaps: number[] = [];
let steps = 0;
let bad = 0;
const start = performance.now();
const end = await validate(
  target,
  {
    seed: SEED,
    runs: 0,
    // The run ends when its steps are done, whatever the time.
    budget: 1,
    now: () => (steps < wanted ? 0 : 2),
    tier: 'reversible',
    requireMust: false,
    select: new Selection('model'),
    version,
    draw: (context, index) => {
      draw ??= new Draw(context);
      if (drawn.length < PROGRAMS) drawn.push(draw.next());
      return drawn[index % PROGRAMS];
    },
  },
  event => {
    if (event.event === 'verdict' && !['conforms', 'not claimed', 'not reached'].includes(event.verdict))
      bad += 1;
    if (event.event !== 'step') return;
    steps += 1;
    if (steps % Math.floor(wanted / PARTS) !== 0 || heaps.length === PARTS) return;
    heaps.push(heap());
    console.log(`${steps} steps judged, heap ${(heaps.at(-1)! / MIB).toFixed(1)} MiB`);
  },
);
await target.close();
const [first, last] = [heaps[0]!, heaps.at(-1)!];
const seconds = (performance.now() - start) / 1000;
const good = end.complete && bad === 0 && heaps.length === PARTS && last <= first * MOST_GROWTH;
console.log(
  `${good ? 'ok    ' : 'FAILED'} ${steps} steps in ${seconds.toFixed(0)} s: heap ${(last / first).toFixed(2)} of that after the first tenth, at most ${MOST_GROWTH}${bad > 0 ? `; ${bad} verdicts are bad` : ''}`,
);
console.log(`${good ? 1 : 0} passed, ${good ? 0 : 1} failed`);
process.exitCode = good ? 0 : 1;
