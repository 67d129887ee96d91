import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { allMutants, faultClasses, mutantById } from '../../reference/index.ts';
import { validate, wholeDrivers } from '../../schemas/index.ts';
import type { VerdictName } from '../run/verdict.ts';
import { type Baseline, baselineName } from './baseline.ts';
import { ofEachKind } from './kinds.ts';
import { clauseOf, familyOf, type MatrixOptions, type MatrixRow, runMatrix } from './matrix.ts';
import { parallelMatrix, type Trial } from './parallel.ts';
import { byFamily, dispensable, killMatrix, matrixFamilies } from './summary.ts';

/** All of them, which takes minutes, are what `accel-uapi mutants` runs. */
const mutants = ofEachKind(allMutants());

/** Enough random programs for every fault that shows in sequences only. */
const run = { seed: 1, runs: 60, version: 'test' };
const baselines = new Map<string, Baseline>();
const options: MatrixOptions = { ...run, now: () => 0, baselines };
const PER_FAMILY = 3;
/** A mutant of every family that dies by it alone. */
const ALONE: Readonly<Record<string, string>> = {
  node: 'node.gpu-devtype',
  job: 'job.later-first',
  file: 'file.first-close',
  files: 'files.by-number',
  unplug: 'unplug.still-opens',
  dispatch: 'errno.drm.ioctl.number',
  reserved: 'late.ethosu.perfmon_get_values.pad-nonzero',
  handle: 'short-handle.drm.gem_close.handle-unknown',
  output: 'terminated.drm.version.version-date',
  argument: 'refetch.ethosu.submit',
  kernel: 'kernel.taint-only',
  model: 'sequence.one-page-offsets',
  mapping: 'mapping.copy',
  race: 'race.close-twice',
  interrupted: 'wait.starts-anew',
  fdinfo: 'fdinfo.capacity-alone',
  isolation: 'isolation.numbers-of-the-device',
};
/** Mutants that must die by each family and by no other: without the family they would all live. */
const ONLY_IT = 1;
const FAMILIES = matrixFamilies;

let rows: readonly MatrixRow[] = [];
/** Those of ALONE, looked at by every family, and by all but their own. */
let alone: readonly MatrixRow[] = [];
let blinded: readonly MatrixRow[] = [];
const strict = new Map<string, ReadonlyMap<string, VerdictName>>();

test('of every kind of mutant two should die by every clause that they name, unless they are equivalent', async () => {
  const trials: readonly Trial[] = [
    ...mutants.map(({ id }): Trial => ({ id, until: 'killed' })),
    ...FAMILIES.map((family): Trial => ({ id: ALONE[family]! })),
    ...FAMILIES.map((blind): Trial => ({ id: ALONE[blind]!, blind })),
  ];
  const made = await parallelMatrix(trials, run, 2, {
    onStrict: (driver, verdicts) => strict.set(driver, verdicts),
  });
  rows = made.slice(0, mutants.length);
  alone = made.slice(mutants.length, mutants.length + FAMILIES.length);
  blinded = made.slice(mutants.length + FAMILIES.length);
  const wrong = rows.filter(row =>
    row.equivalent === undefined ? row.missed.length > 0 || row.refused !== undefined : row.killed,
  );
  assert.equal(
    wrong.map(
      row => `${row.id} misses ${row.missed.join(', ')}, dies by ${row.by.join(', ')} ${row.refused ?? ''}`,
    ),
    [],
  );
});

test('no strict reference should violate anything', () => {
  const expected = new Set([...wholeDrivers().map(({ name }) => name), ...mutants.map(baselineName)]);
  assert.equal([...strict.keys()].sort(), [...expected].sort());
  for (const [driver, verdicts] of strict) {
    assert.ok(verdicts.size > (driver.includes('abi=') ? 10 : 100), driver);
    const bad = [...verdicts].filter(
      ([, verdict]) => !['conforms', 'not claimed', 'not reached'].includes(verdict),
    );
    assert.equal(bad, [], driver);
  }
});

test('every family should kill at least three mutants', () => {
  for (const { family, kills } of byFamily(rows)) assert.ok(kills >= PER_FAMILY, `${family} kills ${kills}`);
});

test('every family should kill a mutant that no other kills', () => {
  assert.equal(Object.keys(ALONE).sort(), [...FAMILIES].sort());
  assert.equal(dispensable(alone, ONLY_IT), []);
});

test('a family that sees nothing should be missed, whichever it is', () => {
  for (const [index, blind] of FAMILIES.entries()) {
    const row = blinded[index]!;
    assert.not.ok(row.killed, `without ${blind} ${row.id} dies by ${row.by.join(', ')}`);
    assert.equal(dispensable(alone.with(index, row), ONLY_IT), [blind]);
  }
});

test('every clause that can be reached on a reference should kill a mutant', () => {
  const reached = new Set(
    [...strict.values()].flatMap(verdicts =>
      [...verdicts].flatMap(([instance, verdict]) => (verdict === 'conforms' ? [clauseOf(instance)] : [])),
    ),
  );
  const killing = new Set(rows.flatMap(row => row.by.map(clauseOf)));
  // Those of the management profile have mutants of their own (conformance/management).
  const judged = [...reached].filter(clause => FAMILIES.includes(familyOf(clause)));
  assert.equal(
    judged.filter(clause => !killing.has(clause)),
    [],
  );
});

test('every class of faults should have a mutant or the reason why it has none', () => {
  for (const { id, none } of faultClasses) {
    const own = allMutants().filter(mutant => mutant.class === id);
    assert.is(own.length > 0, none === undefined, id);
  }
});

test('what the command prints should follow its schema', () => {
  const matrix = killMatrix(rows, run);
  assert.equal(
    validate('mutants', 'the matrix', JSON.parse(JSON.stringify(matrix))),
    JSON.parse(JSON.stringify(matrix)),
  );
});

test('a row should tell which instances killed, and a mutant that names the wrong clause should be told', async () => {
  const mutant = mutantById('drop.vgem.fence_attach.flags-unknown')!;
  const wrong = { ...mutant, id: 'wrong', clauses: ['node.major', 'reserved.flags'] } as const;
  const [right, missed] = await runMatrix({ ...options, until: 'killed', mutants: [mutant, wrong] });
  assert.equal(right!.by, ['reserved.flags@DRM_IOCTL_VGEM_FENCE_ATTACH.flags']);
  assert.equal(right!.missed, []);
  assert.ok(missed!.killed);
  assert.equal(missed!.missed, ['node.major']);
});

test('a mutant should die by no other clause when every program runs, not only those that it can show in', async () => {
  const ids = ['drop.vgem.fence_signal.fence-unknown', 'top-bit.vgem.fence_attach.pad-nonzero'];
  const some = { ...options, until: 'end', mutants: ids.map(id => mutantById(id)!) } as const;
  const dying = (of: readonly MatrixRow[]) => of.map(({ by }) => [...by].sort());
  assert.equal(dying(await runMatrix({ ...some, everything: true })), dying(await runMatrix(some)));
});

test.run();
