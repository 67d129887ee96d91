/** `npm run test:seeds`: many seeds on every strict reference; no violation, no drift, no kit error. */
import { parseArgs } from 'node:util';
import { catalogue } from '../../schemas/index.ts';
import { version } from '../cli/version.ts';
import { Selection } from '../run/select.ts';
import { validate } from '../run/validate.ts';
import { openTarget } from '../targets/open.ts';

const SEEDS = 100;
/** Random programs a seed: few, since there are many seeds. */
const RUNS = 20;

const { values } = parseArgs({ options: { seeds: { type: 'string', default: String(SEEDS) } } });
const seeds = Number(values.seeds);
let passed = 0;
let failed = 0;
for (const driver of catalogue().drivers.keys()) {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const name = `reference:${driver}`;
    const target = await openTarget(name);
    const bad: string[] = [];
    const end = await validate(
      target,
      {
        seed,
        runs: RUNS,
        tier: 'reversible',
        select: new Selection(undefined),
        requireMust: true,
        version,
        now: () => 0,
      },
      event => {
        if (event.event !== 'verdict' || ['conforms', 'not claimed', 'not reached'].includes(event.verdict))
          return;
        bad.push(`${event.verdict} ${event.clause} @ ${event.instance}: ${event.reason}`);
      },
    );
    if (end.status === 0 && end.complete && bad.length === 0) passed += 1;
    else {
      failed += 1;
      console.log(`FAILED ${name} --seed ${seed}: status ${end.status} ${end.reason} ${bad.join('; ')}`);
    }
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
