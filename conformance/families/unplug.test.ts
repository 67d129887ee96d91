import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference, profileParams } from '../../reference/index.ts';
import { catalogue, type Link, type Op } from '../../schemas/index.ts';
import type { PlanContext } from '../plan/context.ts';
import { nodeIoctls } from '../plan/context.ts';
import { findBinding, findMinor } from '../run/binding.ts';
import { unplugFamily } from './unplug.ts';

const NODE = '/dev/accel/accel0';

async function context(name: string): Promise<{ link: Link; context: PlanContext }> {
  const driver = catalogue().drivers.get(name)!;
  const profile = Object.keys(driver.manifest.profiles)[0]!;
  const link = createReference({ driver, profile });
  const params = profileParams(driver, profile);
  const place = { nodePath: NODE, minor: 0, minors: [0], params, seed: 1 };
  const binding = await findBinding(link, NODE, 0);
  return { link, context: { driver, hello: link.hello, ...place, ...(binding ? { binding } : {}) } };
}

test('the driver, the device and its node should be found in sysfs', async () => {
  const { link, context: plan } = await context('ethosu');
  assert.equal(plan.binding, { driver: '/sys/bus/platform/drivers/ethosu', device: 'reference-npu' });
  assert.is(await findMinor(link, NODE, plan.binding!), 0);
  assert.is(await findMinor(link, NODE, { ...plan.binding!, device: 'another' }), undefined);
  assert.is(await findBinding(link, NODE, 7), undefined);
});

test('without a driver to unbind every clause should be told as not reached', async () => {
  const { context: plan } = await context('ethosu');
  const { binding: _, ...without } = plan;
  const cases = unplugFamily(without);
  assert.ok(cases.every(({ program, tier }) => program.steps.length === 0 && tier === 'disturbing'));
  assert.ok(cases.flatMap(({ instances }) => instances).every(({ notReached }) => notReached));
});

test('every call of the node should be made on a device that is gone, in every way that it can go', async () => {
  for (const [name, suffixes] of [
    ['ethosu', ['']],
    ['accelref', ['', '.control']],
  ] as const) {
    const { context: plan } = await context(name);
    const ids = unplugFamily(plan).flatMap(({ instances }) =>
      instances.map(({ clause, instance }) => `${clause}@${instance}`),
    );
    assert.is(new Set(ids).size, ids.length, 'an instance stands there twice');
    for (const call of nodeIoctls(plan.driver))
      for (const suffix of suffixes)
        assert.ok(ids.includes(`dispatch.unplugged@${call.name}${suffix}`), `${call.name}${suffix}`);
  }
});

test('every program should disturb, bind the driver last, and know how to put the device back', async () => {
  const { link, context: plan } = await context('accelref');
  const files = (program: { steps: readonly { op: Op }[] }) =>
    program.steps.filter(({ op }) => op === 'writefile').length;
  for (const { name, tier, program, labels, restore, instances } of unplugFamily(plan)) {
    assert.is(tier, 'disturbing', name);
    const last = labels.findLastIndex((_, step) => program.steps[step]!.op === 'writefile');
    assert.is(labels[last], `bind ${plan.binding!.device}`, name);
    assert.is(files(restore!), 2, name);
    const trace = await link.run(program);
    const steps = instances.flatMap(({ controls }) => controls);
    const failed = steps.find(step => trace.results[step]?.errno !== 0);
    assert.is(failed, undefined, `${name}: ${labels[failed ?? 0]}`);
    // What comes after the last binding opens the node and works.
    assert.ok(
      trace.results.slice(last).every(({ errno }) => errno === 0),
      name,
    );
  }
});

test.run();
