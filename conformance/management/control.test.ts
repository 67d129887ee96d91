import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference, profileParams, withControl } from '../../reference/index.ts';
import { modelledDrivers } from '../../schemas/index.ts';
import { controlFamily } from '../families/control.ts';
import { judge } from '../judge/judge.ts';
import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { decide } from '../run/verdict.ts';
import { driverNamed } from '../targets/reference.ts';
import { controlMutants } from './control-mutants.ts';

const BINDING = { driver: '/sys/bus/platform/drivers/ethosu', device: 'reference-npu' };

function setup(name: string, fault?: (typeof controlMutants)[number]['fault']) {
  const driver = withControl(driverNamed(name));
  const [profile] = Object.keys(driver.manifest.profiles);
  const params = profileParams(driver, profile!);
  const link = createReference({
    driver,
    profile: profile!,
    management: true,
    ...(fault ? { faults: { control: fault } } : {}),
  });
  const place = { nodePath: driver.manifest.node === 'render' ? '/dev/dri/renderD128' : '/dev/accel/accel0' };
  const minor = driver.manifest.node === 'render' ? 128 : 0;
  const binding = { ...BINDING, driver: `/sys/bus/platform/drivers/${driver.name}` };
  const context: PlanContext = {
    driver,
    hello: link.hello,
    ...place,
    minor,
    minors: [minor],
    params,
    seed: 1,
    binding,
  };
  return { link, context };
}

const plans = new Map<string, readonly Case[]>();
/** A fault changes what answers, and nothing of what is asked. */
function casesOf(context: PlanContext): readonly Case[] {
  const { name } = context.driver;
  const cases = plans.get(name) ?? controlFamily(context);
  plans.set(name, cases);
  return cases;
}

/** Verdicts of the instances, as `clause instance: verdict`. */
async function run(
  { link, context }: ReturnType<typeof setup>,
  wanted: (one: Case) => boolean = () => true,
): Promise<{ clause: string; instance: string; verdict: string; reason: string }[]> {
  const { driver, hello, params, minor, nodePath } = context;
  const found = [];
  for (const one of casesOf(context).filter(wanted)) {
    await link.device?.(one.device ?? 'complete');
    const trace = await link.run(one.program);
    const judgements = judge(trace, {
      driver,
      abi: hello.abi,
      pageSize: hello.pageSize,
      params,
      minor,
      nodePath,
    });
    for (const instance of one.instances) {
      const { verdict, reason } = decide(instance, trace, one.labels, judgements, false, () => []);
      found.push({ clause: instance.clause, instance: instance.instance, verdict, reason });
    }
  }
  return found;
}

for (const { name } of modelledDrivers())
  test(`the node for information of the strict reference of ${name} should conform`, async () => {
    const found = await run(setup(name));
    for (const { clause, instance, verdict, reason } of found)
      assert.is(verdict, 'conforms', `${clause} ${instance}: ${reason}`);
    assert.ok(found.length > 10);
  });

for (const { id, fault, clauses } of controlMutants)
  test(`${id} should die by each clause that it names`, async () => {
    const found = await run(setup('ethosu', fault), one =>
      one.instances.some(({ clause }) => clauses.includes(clause)),
    );
    for (const each of clauses)
      assert.ok(
        found.some(({ clause, verdict }) => clause === each && verdict === 'violates'),
        `${each}: ${JSON.stringify(found.filter(({ clause }) => clause === each).slice(0, 3))}`,
      );
  });

test.run();
