/**
 * `npm run test:compare`: whether `compare` finds what a release changes, and nothing else. Our own module on two stock
 * kernels, the newer one with a change planted in its source: what is told beside what the two kernels differ in
 * anyway has to be that change, in the right direction. Then machines of one kernel, twenty times with other seeds:
 * nothing may be told. Then `git bisect run` over a history of thirty commits. Needs QEMU. `--quick`: one change, by the
 * cases that show it, on one kernel, where nothing of another call may be told; `--only changes,same,bisect`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scriptArgs } from '../cli/script-args.ts';
import { packageRoot } from '../cli/version.ts';
import { buildModule } from '../targets/qemu/index.ts';
import { bisected } from './bisected-history.ts';
import { type PlantedChange, plant, plantedChanges } from './planted-changes.ts';
import { line, runCompare, type Told } from './run-compare.ts';
import { check, closeTally } from './tally.ts';

const [OLDER, NEWER, GRAPHICS] = ['qemu:accelref-6.12', 'qemu:accelref', 'qemu:vgem'];
const SAME_RUNS = 20;
const RUNS = '20';
const COMMITS = 30;
const QUICK = ['another errno'];

const { values } = scriptArgs({
  options: { quick: { type: 'boolean' }, only: { type: 'string' }, same: { type: 'string' } },
});
const source = join(packageRoot(), 'reference/module');
const parts = new Set(values.only?.split(',') ?? ['changes', ...(values.quick ? [] : ['same', 'bisect'])]);

/** The module with a change, for the newest kernel. */
async function changed(change: PlantedChange): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-changed-'));
  try {
    plant(source, folder, change);
    return (await buildModule({ source: folder, kernel: 'newest', arch: 'amd64' })).ko;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const isThat = (change: PlantedChange) => (told: Told) =>
  told.call === change.call && told.kind === change.kind && told.direction === change.direction;

async function changes(): Promise<void> {
  const a = values.quick ? NEWER : OLDER;
  const anyway = values.quick ? undefined : await runCompare(a, NEWER, ['--runs', RUNS]);
  if (anyway) {
    check(
      `${a} and ${NEWER}`,
      anyway.status <= 1 && anyway.cut === undefined,
      `${anyway.differences.length} differences, ${anyway.programs} programs, ${anyway.seconds.toFixed(0)} s`,
    );
    for (const told of anyway.differences) console.log(`       ${line(told)}`);
  }
  const before = new Set(anyway?.differences.map(line));
  for (const change of plantedChanges.filter(({ name }) => !values.quick || QUICK.includes(name))) {
    const select = values.quick ? ['--select', change.select] : [];
    const words = ['--module-b', await changed(change), '--runs', values.quick ? '10' : RUNS, ...select];
    const { status, differences, programs, cut, seconds } = await runCompare(a, NEWER, words);
    const news = differences.filter(told => !before.has(line(told)));
    const alone = anyway !== undefined || news.every(({ call }) => call === change.call);
    const found = alone && news.some(isThat(change));
    check(
      change.name,
      status === 1 && cut === undefined && found,
      `${found ? 'found' : 'NOT FOUND'}; ${news.map(line).join('; ') || 'nothing'}; ${programs} programs, ${seconds.toFixed(0)} s${cut === undefined ? '' : `; ${cut}`}`,
    );
  }
}

async function same(): Promise<void> {
  const times = Number(values.same ?? (values.quick ? 1 : SAME_RUNS));
  for (let seed = 1; seed <= times; seed += 1) {
    const machine = seed % 2 === 1 ? NEWER : GRAPHICS;
    const { status, differences, programs, steps, cut, seconds } = await runCompare(machine, machine, [
      ...['--runs', RUNS, '--seed', String(seed)],
      ...(values.quick ? ['--select', 'handle,output'] : []),
    ]);
    check(
      `${machine} twice, --seed ${seed}`,
      status === 0 && programs > 0,
      `${differences.map(line).join('; ') || cut || 'no difference'}; ${programs} programs, ${steps} steps, ${seconds.toFixed(0)} s`,
    );
  }
}

if (parts.has('changes')) await changes();
if (parts.has('same')) await same();
if (parts.has('bisect')) {
  const { planted, found, runs, seconds } = await bisected(source, COMMITS);
  check(
    'git bisect run',
    found === planted,
    `${found === planted ? 'ends at the planted commit' : `ends at "${found}", not at "${planted}"`} after ${runs} comparisons, ${seconds.toFixed(0)} s`,
  );
}
closeTally();
