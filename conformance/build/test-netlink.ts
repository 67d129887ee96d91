/**
 * `npm run test:netlink`: random requests to drm-ras and to devlink on the kernel, beside their models as found, and
 * the cases of `validate`. `--programs N` and `--seed N` take others (500 make ten thousand requests), `--target NAME`
 * one machine.
 */
import { errnoName, netlinkFamilies, type Trace } from '../../schemas/index.ts';
import { scriptArgs } from '../cli/script-args.ts';
import { exchangesOf } from '../netlink/answers.ts';
import { deviationsOf } from '../netlink/description.ts';
import { netlinkProfiles } from '../netlink/profiles.ts';
import { describe } from '../run/verdict.ts';
import { openTarget } from '../targets/open.ts';
import { compareTool } from './devlink-tool.ts';
import { check, closeTally } from './tally.ts';
import { compareYnl } from './ynl-tool.ts';

const { values } = scriptArgs({
  options: {
    programs: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string' },
  },
});
const MOST_SHOWN = 10;
const AHEAD = 4;
const [programs, seed] = [Number(values.programs), Number(values.seed)];

/** Ends that some request has to come to, so that a run that asks nothing is none. */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  'drm-ras': [
    'get-error-counter ENOENT',
    'dump get-error-counter EIO',
    'clear-error-counter EPERM',
    'dump list-nodes success',
  ],
  netdevsim: [
    'flash-update success',
    'flash-update EOPNOTSUPP',
    'flash-update ENOENT',
    'reload EINVAL',
    'health-reporter-recover EINVAL',
    'health-reporter-recover success',
    'health-reporter-set EPERM',
    'dump health-reporter-dump-get success',
    'get ENODEV',
  ],
};

async function compare(text: string): Promise<void> {
  const start = performance.now();
  // Every read is a step: one processor needs no other to answer.
  const target = await openTarget(text, text.startsWith('qemu:') ? { cpus: 1 } : {});
  try {
    const profile = netlinkProfiles.get(target.netlink!)!;
    const family = netlinkFamilies().get(profile.key)!;
    const peer = await profile.identify(target.link);
    const { release } = target.link.hello;
    const faults = deviationsOf(family, release).map(({ fault }) => fault);
    const booted = performance.now();
    const ends = new Map<string, number>();
    const differences: string[] = [];
    let requests = 0;
    let steps = 0;
    const all = [
      ...profile.cases(peer),
      ...Array.from({ length: programs }, (_, index) => profile.random(peer, seed, index)),
    ];
    // The machine works on the next programs while one is judged.
    const ahead: Promise<Trace>[] = [];
    let begun = 0;
    const begin = () => {
      const one = all[begun];
      begun += 1;
      if (!one) return;
      const trace = target.link.run(one.program);
      // A link that fails is told where its answer is awaited.
      trace.catch(() => {});
      ahead.push(trace);
    };
    for (let count = 0; count < AHEAD; count += 1) begin();
    for (const one of all) {
      const trace = await ahead.shift()!;
      begin();
      steps += trace.results.length;
      for (const { operation, dump, answers } of exchangesOf(family, peer.family, trace)) {
        requests += 1;
        const end = answers.find(({ kind }) => kind === 'ack' || kind === 'done');
        const how = end && 'ack' in end ? errnoName(end.ack.errno) : 'no ack';
        const key = `${dump ? 'dump ' : ''}${operation} ${how}`;
        ends.set(key, (ends.get(key) ?? 0) + 1);
      }
      for (const { differences: found } of await profile.judge(trace, peer, faults))
        for (const difference of found) differences.push(`${one.name}: ${describe(difference)}`);
      if (trace.end.status !== 'complete') differences.push(`${one.name}: the program was cut`);
    }
    const seconds = (from: number) => `${((performance.now() - from) / 1000).toFixed(1)} s`;
    console.log(
      `${text} (Linux ${release}), seed ${seed}: ${programs} random programs, ${requests} requests, ${steps} steps in ${seconds(booted)} (${seconds(start)} with the boot)`,
    );
    for (const [key, count] of [...ends].sort(([a], [b]) => (a < b ? -1 : 1)))
      console.log(`  ${count}\t${key}`);
    for (const each of differences.slice(0, MOST_SHOWN)) console.log(`  ${each}`);
    const parted = differences.length;
    check(
      `${text}: every request is answered as by the model as found`,
      parted === 0,
      `${parted} differences`,
    );
    const known = `${faults.length} of ${family.deviations.length}`;
    const current = faults.length === family.deviations.length;
    check(`${text}: every deviation on record is one of this kernel`, current, known);
    for (const key of WANTED[profile.name] ?? [])
      check(`${text}: some request ended so: ${key}`, (ends.get(key) ?? 0) > 0, `${ends.get(key) ?? 0}`);
  } finally {
    await target.close();
  }
}

const machines = values.target ? [values.target] : ['qemu:drm-ras', 'qemu:netdevsim'];
for (const text of machines) await compare(text);
if (machines.includes('qemu:netdevsim')) await compareTool();
await compareYnl(machines);
closeTally();
