import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  applyPatch,
  type Body,
  catalogue,
  checks,
  type DriverDescription,
  type Rule,
} from '../../schemas/index.ts';
import { deviate } from '../run/explain.ts';

const read = [...catalogue().drivers.values()].filter(driver => driver.secondReading !== undefined);

/** The calls that a second reading has, with what both say; a reading may come before the description. */
function* readings(driver: DriverDescription) {
  for (const [name, reading] of Object.entries(driver.secondReading!.calls)) {
    const call = driver.calls.get(name);
    if (!call) assert.is(driver.manifest.level, 'L1', `${driver.name} does not describe ${name}`);
    else yield { name, reading, semantics: call.semantics };
  }
}

const sorted = (errnos: Iterable<string>) => [...new Set(errnos)].sort();
const errnosIn = (body: Body) => checks(body).map(({ errno }) => errno);

/** The body without what is said of elements whose refusal nobody is told. */
function told(body: Body): Rule[] {
  return body.flatMap((rule): Rule[] => {
    if (!('each' in rule)) return [rule];
    return rule.refused === 'skipped' ? [] : [{ ...rule, do: told(rule.do) }];
  });
}

test('a second reading should have every call of the driver', () => {
  assert.ok(read.length > 0);
  for (const { facts, secondReading, name, manifest } of read) {
    assert.equal(
      Object.keys(secondReading!.calls).sort(),
      facts.ioctls.map(ioctl => ioctl.name).sort(),
      name,
    );
    assert.is(secondReading!.kernel, manifest.kernel, name);
  }
});

/** The strict description with the errnos that the driver answers instead of those that a document wants. */
function corrected(driver: DriverDescription): DriverDescription {
  const edits = driver.deviations.flatMap(({ patch }) => patch.filter(edit => 'errno' in edit));
  return applyPatch(driver, edits);
}

/** Errnos of checks that a document wants and the driver does not make. */
function unmade(driver: DriverDescription, call: string): Set<string> {
  const removed = driver.deviations.flatMap(({ patch }) =>
    patch.flatMap(edit => ('remove' in edit ? [edit.remove] : [])),
  );
  const { id, semantics } = driver.calls.get(call)!;
  const own = checks(semantics.body).filter(({ check }) => removed.includes(`${id}.${check}`));
  return new Set(own.map(({ errno }) => errno));
}

test('the strict description should have the errnos that the second reading found, lost ones included', () => {
  for (const driver of read)
    for (const { name, reading, semantics } of readings(corrected(driver))) {
      const found = [...Object.keys(reading.returned), ...Object.keys(reading.lost ?? {})];
      const said = [...errnosIn(semantics.body), ...(semantics.environmental ?? [])];
      const missing = unmade(driver, name);
      assert.equal(
        sorted(said.filter(errno => found.includes(errno) || !missing.has(errno))),
        sorted(found),
        name,
      );
    }
});

test('a draft should have every errno that the second reading found', () => {
  for (const { skeletons, secondReading } of read)
    for (const [name, { semantics }] of skeletons) {
      const said = new Set([...errnosIn(semantics.body), ...(semantics.environmental ?? [])]);
      const found = Object.keys(secondReading!.calls[name]!.returned);
      assert.equal(
        found.filter(errno => !said.has(errno)),
        [],
        name,
      );
    }
});

test('as found no check should answer what the second reading has as lost only', () => {
  for (const driver of read) {
    // What the core does for every call is not in the reading.
    const own = driver.deviations.filter(({ patch }) => !JSON.stringify(patch).includes('"drm.'));
    for (const { name, reading, semantics } of readings(deviate(driver, own))) {
      const machine = semantics.environmental ?? [];
      const answers = sorted(errnosIn(told(semantics.body)));
      assert.equal(
        answers.filter(errno => !reading.returned[errno]),
        [],
        name,
      );
      const open = Object.keys(reading.returned).filter(errno => !machine.includes(errno));
      assert.equal(
        sorted(open),
        answers.filter(errno => !machine.includes(errno)),
        name,
      );
    }
  }
});

test('an open user should make every call of the driver, or the call should be said to have none', () => {
  for (const { facts, userspace, name } of catalogue().drivers.values()) {
    if (!userspace) continue;
    const used = new Set(userspace.userspace.flatMap(({ ioctls }) => ioctls.map(({ call }) => call)));
    for (const { call } of userspace.unused ?? []) used.add(call);
    for (const ioctl of facts.ioctls) assert.ok(used.has(ioctl.name), `${name}: ${ioctl.name}`);
  }
});

test.run();
