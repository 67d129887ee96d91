import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference, type ManagementFault } from '../../reference/index.ts';
import { firmwareFamily } from '../families/firmware.ts';
import { healthFamily } from '../families/health.ts';
import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { findManaged } from '../run/managed-device.ts';
import { decide } from '../run/verdict.ts';
import { driverNamed } from '../targets/reference.ts';
import { firmwareMutants } from './firmware-mutants.ts';
import { healthMutants } from './health-mutants.ts';

function reference(fault?: ManagementFault) {
  const driver = driverNamed('ethosu');
  return createReference({
    driver,
    profile: 'u65',
    management: true,
    ...(fault ? { managementFaults: [fault] } : {}),
  });
}

const NODE = '/dev/accel/accel0';
const strict = reference();
const managed = (await findManaged(strict, NODE, 0))!;
const context: PlanContext = {
  driver: driverNamed('ethosu'),
  hello: strict.hello,
  nodePath: NODE,
  minor: 0,
  minors: [0],
  params: new Map(),
  seed: 1,
  binding: { driver: '/sys/bus/platform/drivers/ethosu', device: 'reference-npu' },
  managed,
};
const cases: readonly Case[] = [...firmwareFamily(context), ...healthFamily(context)];

async function verdicts(link: ReturnType<typeof reference>, clauses?: readonly string[]) {
  const found = [];
  for (const one of cases) {
    if (clauses && !one.instances.some(({ clause }) => clauses.includes(clause))) continue;
    const trace = await link.run(one.program);
    for (const instance of one.instances) {
      const unseen = trace.results.map(({ step }) => ({ step, state: 'followed' as const, differences: [] }));
      const { verdict, reason } = decide(instance, trace, one.labels, unseen, false, () => []);
      found.push({ case: one.name, clause: instance.clause, instance: instance.instance, verdict, reason });
    }
  }
  return found;
}

test('devlink should answer for the device of a reference with the profile, and of no other', async () => {
  assert.equal([managed.bus, managed.device], ['platform', 'reference-npu']);
  const plain = createReference({ driver: driverNamed('ethosu'), profile: 'u65' });
  assert.is(await findManaged(plain, NODE, 0), undefined);
});

test('the device of the strict reference should conform', async () => {
  for (const { clause, instance, verdict, reason, ...rest } of await verdicts(strict))
    assert.is(verdict, 'conforms', `${clause} ${instance} of ${rest.case}: ${reason}`);
});

for (const { id, fault, clauses } of [...firmwareMutants, ...healthMutants])
  test(`${id} should die by each clause that it names`, async () => {
    const found = await verdicts(reference(fault), clauses);
    for (const each of clauses)
      assert.ok(
        found.some(({ clause, verdict }) => clause === each && verdict === 'violates'),
        `${each}: ${JSON.stringify(found.filter(({ clause }) => clause === each).slice(0, 3))}`,
      );
  });

test.run();
