import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { applyPatch, catalogue, ruleName, walk, wholeDrivers } from '../../schemas/index.ts';
import { isClauseId } from '../../spec/index.ts';
import { createMutant } from './create.ts';
import { equivalents } from './equivalents.ts';
import { allMutants, mutantById } from './index.ts';
import { checkPlaces, setPlaces, writePlaces } from './places.ts';
import { unreached, whyUnreached } from './unreached.ts';

const { drivers: known } = catalogue();
const drivers = wholeDrivers();

test('ids should be unique, dotted and lower case', () => {
  const ids = allMutants().map(mutant => mutant.id);
  assert.equal(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  );
  for (const id of ids) assert.match(id, /^[a-z0-9-]+(\.[a-z0-9_-]+)+$/);
});

test('every mutant should name a known class, known clauses, a driver, and one fault', () => {
  for (const mutant of allMutants()) {
    assert.match(mutant.class, /^C(0[1-9]|[1-3]\d|40)$/, mutant.id);
    assert.ok(mutant.clauses.length > 0 && mutant.clauses.every(isClauseId), mutant.id);
    assert.ok(known.has(mutant.driver), mutant.id);
    assert.ok(
      (mutant.patch === undefined) !== (mutant.faults === undefined),
      `${mutant.id} has one kind of fault`,
    );
    assert.match(mutant.summary, /^[A-Zadfimo].*\.$/, mutant.id);
  }
});

test('every patch should apply to the strict description and change it', () => {
  for (const { id, driver, patch } of allMutants()) {
    if (!patch) continue;
    const strict = known.get(driver)!;
    const bodies = (of: typeof strict) =>
      [...of.calls.values(), ...of.files.values()].map(call => call.semantics.body);
    assert.not.equal(bodies(applyPatch(strict, patch)), bodies(strict), id);
  }
});

test('every check that must be made should be dropped by one mutant and answered wrongly by another', () => {
  for (const driver of drivers)
    for (const { id } of checkPlaces(driver))
      for (const operator of ['drop', 'errno'])
        assert.ok(mutantById(`${operator}.${id}`), `${operator}.${id}`);
});

test('every output rule should be left out by one mutant', () => {
  for (const driver of drivers) {
    for (const { id } of setPlaces(driver)) assert.ok(mutantById(`unset.${id}`), id);
    for (const { id } of writePlaces(driver)) assert.ok(mutantById(`unwritten.${id}`), id);
  }
});

test('a check that has no mutant should be of a feature, of another kind of run, or on the list of the unreached', () => {
  const broken = new Set(drivers.flatMap(driver => checkPlaces(driver).map(({ id }) => id)));
  for (const driver of drivers) {
    for (const call of driver.calls.values()) {
      if (call.semantics.tier === 'destructive' || call.semantics.level) continue;
      for (const rule of walk(call.semantics.body)) {
        if (!('check' in rule) || rule.optional || rule.clause === 'argument.feature') continue;
        const id = `${call.id}.${ruleName(rule)}`;
        assert.ok(broken.has(id) || whyUnreached(driver.name, call.id, id), id);
      }
    }
  }
});

test('an entry of the list of the unreached should name a rule, a call or a driver', () => {
  const names = drivers.flatMap(driver => [
    driver.name,
    ...[...driver.calls.values(), ...driver.files.values()].flatMap(call => [
      call.id,
      ...walk(call.semantics.body).map(rule => `${call.id}.${ruleName(rule)}`),
    ]),
  ]);
  for (const name of Object.keys(unreached)) assert.ok(names.includes(name), name);
});

test('a declared equivalent should exist and carry its reason', () => {
  for (const [id, reason] of Object.entries(equivalents)) assert.is(mutantById(id)?.equivalent, reason, id);
});

test('a mutant should be found by its id only', () => {
  assert.is(mutantById('node.gpu-major')?.class, 'C10');
  assert.is(mutantById('node.gpu'), undefined);
});

test('a mutant should run on the first profile and say that it is the kernel of the description', () => {
  const link = createMutant(mutantById('drop.ethosu.bo_create.size-zero')!);
  assert.is(link.hello.release, known.get('ethosu')!.manifest.kernel);
  assert.throws(
    () => createMutant(mutantById('node.gpu-major')!, { profile: 'u1' }),
    (error: Error) => /no profile u1/.test(error.message),
  );
});

test.run();
