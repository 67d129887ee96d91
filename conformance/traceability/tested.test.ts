/** The build fails when something is demanded that could be looked for and is not. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { allMutants } from '../../reference/index.ts';
import { GUIDELINES, modelledDrivers } from '../../schemas/index.ts';
import { clauses } from '../../spec/index.ts';
import { packageRoot } from '../cli/version.ts';
import { managementMutants } from '../management/mutants.ts';
import { netlinkMutants } from '../netlink/profiles.ts';
import { citations } from './citations.ts';
import { trace, untested } from './table.ts';

/** It has every feature that a family looks at; the others are planned only for what it leaves open. */
const RICHEST = 'accelref';

test('every MUST that can be observed should be tested, and one that shows on a device should have a mutant', async () => {
  const drivers = [...modelledDrivers()].sort(
    (a, b) => Number(b.name === RICHEST) - Number(a.name === RICHEST),
  );
  const all = [...allMutants(), ...netlinkMutants, ...managementMutants];
  const found = new Map<string, readonly string[]>();
  for (const driver of drivers) {
    for (const [clause, by] of await citations([driver])) found.set(clause, by);
    if (untested(trace(found, all, [])).length === 0) break;
  }
  const rows = trace(found, all, []);
  assert.equal(
    untested(rows).map(({ id }) => id),
    [],
  );
  const lives = rows.filter(
    row => row.level === 'MUST' && row.observable === 'dynamic' && row.mutants.length === 0,
  );
  assert.equal(
    lives.map(({ id }) => id),
    [],
  );
});

test('only clauses that show on a device should be cited by families and named by mutants', () => {
  const dynamic = new Set(clauses.filter(({ observable }) => observable === 'dynamic').map(({ id }) => id));
  for (const { id, clauses: named } of allMutants())
    for (const clause of named) assert.ok(dynamic.has(clause), `${id} names ${clause}`);
});

test('scripts that test a clause should be there', () => {
  const { scripts } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const { says, scripts: named = [] } of GUIDELINES)
    for (const name of named) assert.ok(name in scripts, `${says} names npm run ${name}`);
});

test.run();
