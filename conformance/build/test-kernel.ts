/**
 * `npm run test:kernel`: real kernels in virtual machines. Validates every machine, compares each with the reference
 * as found over random programs, and prints one table. Needs QEMU and cross compilers; says so when they are missing.
 * `--only NAME,...` takes some of the machines, `--programs N` another number of random programs, `--no-rounds` leaves
 * the clause of ten thousand rounds out.
 *
 * Every run goes as far as unbinding the driver. The clause of ten thousand rounds takes longer than all others
 * together, so it is run once for each driver. Two machines run side by side.
 */
import { catalogue } from '../../schemas/index.ts';
import { scriptArgs } from '../cli/script-args.ts';
import { explainError } from '../cli/validate.ts';
import { playerCheck } from '../targets/qemu/player/player.test-kernel.ts';
import { bootCheck } from '../targets/qemu/qemu.test-kernel.ts';
import { agreement, figures, shown } from './agreement.ts';
import { recorded } from './recorded.ts';
import { runValidate } from './run-validate.ts';
import { check, closeTally } from './tally.ts';

/** What a run on every machine takes in time; `npm run test:agree` makes ten thousand of each. */
const PROGRAMS = 500;
const SEED = 1;

const ROUNDS = 'handle.balance';
/** How often a recorded deviation that hangs on timing is looked for again, by its clause alone. */
const LOOKS = 2;

const { values } = scriptArgs({
  options: {
    programs: { type: 'string', default: String(PROGRAMS) },
    only: { type: 'string' },
    'no-rounds': { type: 'boolean', default: false },
  },
});

interface Planned {
  readonly target: string;
  /** The first run of a driver: nothing is left out. */
  readonly whole?: true;
  /**
   * What is run of a driver that does not bear all of it beside another machine, and no random programs: CREATE_BO of
   * rocket takes the largest buffers' pages before it refuses them, and the kernel then kills whatever asks for memory.
   */
  readonly part?: string;
}

/** Machines that run at the same time: more of them are too slow for their own deadlines on two processors. */
const SIDE_BY_SIDE = 2;

/** Every machine, with the second hardware profile and the 32-bit programs of two of them; the longest first. */
const RUNS: readonly Planned[] = [
  { target: 'qemu:ethosu', whole: true },
  { target: 'qemu:accelref', whole: true },
  { target: 'qemu:ethosu,abi=armhf' },
  { target: 'qemu:ethosu,profile=u85' },
  { target: 'qemu:accelref-6.12' },
  { target: 'qemu:vgem', whole: true },
  { target: 'qemu:vgem-6.12' },
  { target: 'qemu:vgem,abi=i386' },
  { target: 'qemu:rocket', part: `node,dispatch,reserved,handle,job,mapping,!${ROUNDS}` },
];

interface Row {
  readonly machine: string;
  readonly kernel: string;
  readonly driver: string;
  readonly conforms: number;
  readonly violates: number;
  readonly known: number;
  readonly unknown: number;
  readonly programs: string;
  readonly seconds: number;
}

/** Those that no further look shows either: one that needs two things at once may be missed by a whole run. */
async function neverShown(target: string, driver: string, unseen: readonly string[]): Promise<string[]> {
  const clauseOf = (id: string) =>
    catalogue()
      .drivers.get(driver)
      ?.deviations.find(deviation => deviation.id === id)?.clause;
  let missing = [...unseen];
  for (let look = 1; look <= LOOKS && missing.length > 0; look += 1) {
    const clauses = new Set(missing.map(clauseOf).filter(clause => clause !== undefined));
    if (clauses.size === 0) break;
    console.log(`       looked for again: ${missing.join(', ')}`);
    const { verdicts } = await runValidate(target, [
      ...['--seed', String(SEED + look), '--tier', 'disturbing', '--select', [...clauses].join(',')],
    ]);
    const shown = new Set(verdicts.flatMap(verdict => verdict.deviations));
    missing = missing.filter(id => !shown.has(id));
  }
  return missing;
}

async function judgeRun(planned: Planned): Promise<Omit<Row, 'programs'>> {
  const { target, whole, part } = planned;
  const { run, verdicts, end, status, seconds } = await runValidate(target, [
    ...['--seed', String(SEED), '--tier', 'disturbing'],
    ...(whole && !values['no-rounds'] ? [] : ['--select', part ?? `!${ROUNDS}`]),
  ]);
  const release = run?.target.release ?? '';
  const driver = run?.target.driver ?? '';
  // A kernel newer than the description may define more, and says so.
  const expected = run?.target.newer ? ['unknown'] : [];
  const bad = verdicts.filter(
    verdict =>
      ['violates', 'drift', 'unknown', 'silent', 'kit error'].includes(verdict.verdict) &&
      !expected.includes(verdict.verdict),
  );
  const known = verdicts.filter(verdict => verdict.verdict === 'violates (known)');
  const shown = new Set(known.flatMap(verdict => verdict.deviations));
  const unseen = recorded(driver, release).filter(id => !shown.has(id));
  const missing = whole ? await neverShown(target, driver, unseen) : unseen;
  check(
    target,
    status === 0 && end.event === 'end' && end.complete && bad.length === 0 && !(whole && missing.length > 0),
    bad.map(verdict => `${verdict.clause} @ ${verdict.instance}: ${verdict.reason}`).join('; ') ||
      end.reason ||
      `${end.steps} steps, nothing but recorded deviations`,
  );
  if (missing.length > 0) console.log(`       not shown by this run: ${missing.join(', ')}`);
  return {
    machine: target,
    kernel: release,
    driver,
    conforms: end.counts.conforms,
    violates: end.counts.violates,
    known: known.length,
    unknown: end.counts.unknown,
    seconds,
  };
}

async function agrees(name: string, programs: number): Promise<string> {
  const result = await agreement(name, { seed: SEED, programs });
  for (const line of shown(result.disagreements)) console.log(`       ${line}`);
  check(
    `reference:${result.driver} as found agrees with ${name} (${result.release})`,
    result.disagreements.length === 0 && result.programs === programs,
    figures(result),
  );
  return `${result.programs} / ${result.disagreements.length}`;
}

function printTable(rows: readonly Row[]): void {
  const head = [
    'machine',
    'kernel',
    'driver',
    'conforms',
    'violates',
    'known',
    'unknown',
    'programs / differ',
    's',
  ];
  const cells = rows.map(row => [
    row.machine,
    row.kernel,
    row.driver,
    ...[row.conforms, row.violates, row.known, row.unknown].map(String),
    row.programs,
    row.seconds.toFixed(0),
  ]);
  const widths = head.map((text, at) => Math.max(text.length, ...cells.map(line => line[at]!.length)));
  for (const line of [head, ...cells])
    console.log(
      line.map((text, at) => (at < 3 ? text.padEnd(widths[at]!) : text.padStart(widths[at]!))).join('  '),
    );
}

async function attempt<T>(name: string, what: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await what();
  } catch (error) {
    check(name, false, explainError(error)?.sentence ?? (error as Error).stack ?? String(error));
    return undefined;
  }
}

const chosen = values.only?.split(',');
const runs = RUNS.filter(
  ({ target }) => !chosen || chosen.includes(target.slice('qemu:'.length).split(',')[0]!),
);
/** Where nothing but the machines themselves is tried. */
const machineChecks = [
  () =>
    attempt('booting', async () => {
      await bootCheck();
      check('both hardware profiles boot, and a panic is told', true, 'u65, u85');
    }),
  () =>
    attempt('the played device', async () => {
      await playerCheck();
      check('the played device ends jobs well, late, badly and never, and lies', true, 'stock ethosu driver');
    }),
];

/** What one machine shows. */
async function rowOf(planned: Planned): Promise<Row | undefined> {
  const { target } = planned;
  const row = await attempt(target, () => judgeRun(planned));
  if (!row) return undefined;
  if (planned.part) return { ...row, programs: '-' };
  const programs = (await attempt(`${target} agrees`, () => agrees(target, Number(values.programs)))) ?? '-';
  return { ...row, programs };
}

const rows = new Map<Planned, Row | undefined>();
const waiting = [
  ...runs.map(planned => async () => rows.set(planned, await rowOf(planned))),
  ...(chosen ? [] : machineChecks),
];

async function worker(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) await next();
}

await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
printTable(RUNS.flatMap(planned => rows.get(planned) ?? []));
closeTally();
