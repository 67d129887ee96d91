/**
 * `npm run test:agree`: ten thousand random programs on each of the machines, step by step beside the reference as
 * found. `--only NAME,...` takes other machines, `--programs N` and `--seed N` other programs; `--first N
 * --programs 1` makes a single program again.
 */
import { scriptArgs } from '../cli/script-args.ts';
import { explainError } from '../cli/validate.ts';
import { agreement, errnosMet, figures, shown } from './agreement.ts';

const PROGRAMS = 10_000;
/** A driver of stock kernels whose device is played, our module, and the driver that has nothing but the core. */
const MACHINES = ['ethosu', 'accelref', 'vgem'];

const { values } = scriptArgs({
  options: {
    only: { type: 'string', default: MACHINES.join(',') },
    programs: { type: 'string', default: String(PROGRAMS) },
    first: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
  },
});
const options = {
  seed: Number(values.seed),
  first: Number(values.first),
  programs: Number(values.programs),
};
let passed = 0;
let failed = 0;
for (const machine of values.only.split(',')) {
  const name = `qemu:${machine}`;
  try {
    const result = await agreement(name, options);
    const good = result.disagreements.length === 0 && result.programs === options.programs;
    if (good) passed += 1;
    else failed += 1;
    console.log(
      `${good ? 'ok    ' : 'FAILED'} reference:${result.driver} as found and ${name} (${result.release}): ${figures(result)}`,
    );
    console.log(`       errnos: ${errnosMet(result)}`);
    if (result.logged.length > 0) console.log(`       logged as recorded: ${result.logged.join(', ')}`);
    for (const line of shown(result.disagreements)) console.log(`       ${line}`);
  } catch (error) {
    failed += 1;
    console.log(
      `FAILED ${name}: ${explainError(error)?.sentence ?? (error as Error).stack ?? String(error)}`,
    );
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
