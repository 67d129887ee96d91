import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mutantById, mutants } from '../../reference/index.ts';
import { modelledDrivers } from '../../schemas/index.ts';
import { type MatrixOptions, type MatrixRow, runMatrix, strictVerdicts, type Verdicts } from './matrix.ts';

/** Enough random programs for every fault that shows in sequences only. */
const options: MatrixOptions = { seed: 1, runs: 60, version: 'test', now: () => 0 };
/** Mutants that must die by each family: fewer would not show that it looks at more than one thing. */
const PER_FAMILY = 3;
const FAMILIES = [
  ...['node', 'dispatch', 'reserved', 'handle', 'output', 'argument', 'mapping', 'file', 'files', 'job'],
  ...['unplug', 'model', 'kernel', 'race', 'interrupted'],
];

const alive = mutants.filter(mutant => mutant.equivalent === undefined);
let rows: readonly MatrixRow[] = [];
/** Each strict reference is judged once for all tests. */
const baselines = new Map<string, Verdicts>();

test('no strict reference should violate anything', async () => {
  for (const { name: driver } of modelledDrivers()) {
    const verdicts = await strictVerdicts(driver, options);
    baselines.set(driver, verdicts);
    assert.ok(verdicts.size > 100, driver);
    const bad = [...verdicts].filter(
      ([, verdict]) => !['conforms', 'not claimed', 'not reached'].includes(verdict),
    );
    assert.equal(bad, [], driver);
  }
});

test('every mutant should die by every clause that it names', async () => {
  rows = await runMatrix({ ...options, baselines, mutants: alive });
  assert.is(rows.length, alive.length);
  const survivors = rows.filter(row => row.missed.length > 0 || !row.killed || row.refused !== undefined);
  assert.equal(
    survivors.map(row => `${row.id} survives ${row.missed.join(', ')} ${row.refused ?? ''}`),
    [],
  );
});

test('every family should kill at least three mutants', () => {
  for (const family of FAMILIES) {
    const killed = rows.filter(row => row.by.some(instance => instance.startsWith(`${family}.`)));
    assert.ok(killed.length >= PER_FAMILY, `${family} kills ${killed.length}`);
  }
});

test('every clause that can be reached on a reference should kill a mutant', () => {
  const reached = new Set(
    [...baselines.values()].flatMap(verdicts =>
      [...verdicts].flatMap(([instance, verdict]) =>
        verdict === 'conforms' ? [instance.split('@')[0]!] : [],
      ),
    ),
  );
  const killing = new Set(rows.flatMap(row => row.by.map(instance => instance.split('@')[0]!)));
  assert.equal(
    [...reached].filter(clause => !killing.has(clause)),
    [],
  );
});

test('a declared equivalent should not be told from the strict reference by any clause', async () => {
  const equivalent = mutants.filter(mutant => mutant.equivalent !== undefined);
  assert.ok(equivalent.length > 0);
  const seen = await runMatrix({ ...options, baselines, mutants: equivalent, whole: true, runs: 10 });
  assert.equal(
    seen.filter(row => row.killed).map(row => `${row.id} dies by ${row.by.join(', ')}`),
    [],
  );
});

test('a row should tell which instances killed, and a mutant that names the wrong clause should be told', async () => {
  const mutant = mutantById('drop.ethosu.bo_create.flags-unknown')!;
  const wrong = { ...mutant, id: 'wrong', clauses: ['node.major', 'reserved.flags'] } as const;
  const [right, missed] = await runMatrix({ ...options, baselines, mutants: [mutant, wrong] });
  assert.equal(right!.by, ['reserved.flags@DRM_IOCTL_ETHOSU_BO_CREATE.flags']);
  assert.equal(right!.missed, []);
  assert.ok(missed!.killed);
  assert.equal(missed!.missed, ['node.major']);
});

test('a whole run should show what other clauses see of a mutant, and leave out what cannot meet it', async () => {
  const mutant = mutantById('drop.drm.gem_flink.handle-unknown')!;
  const [row] = await runMatrix({ ...options, baselines, mutants: [mutant], whole: true, runs: 0 });
  const clauses = new Set(row!.by.map(instance => instance.split('@')[0]!));
  assert.ok(clauses.size > mutant.clauses.length, [...clauses].join(' '));
});

test.run();
