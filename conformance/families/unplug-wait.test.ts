import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference, profileParams } from '../../reference/index.ts';
import { catalogue, errnoName } from '../../schemas/index.ts';
import type { PlanContext } from '../plan/context.ts';
import { findBinding } from '../run/binding.ts';
import { unplugFamily } from './unplug.ts';

const NODE = '/dev/accel/accel0';

async function ends(name: string, lanes = true): Promise<Map<string, string>> {
  const driver = catalogue().drivers.get(name)!;
  const profile = Object.keys(driver.manifest.profiles)[0]!;
  const link = createReference({ driver, profile });
  const { lanes: _, ...plain } = link.hello;
  const hello = lanes ? link.hello : plain;
  const binding = (await findBinding(link, NODE, 0))!;
  const params = profileParams(driver, profile);
  const context: PlanContext = {
    ...{ driver, hello, params, binding, nodePath: NODE, minor: 0, minors: [0], seed: 1 },
  };
  const found = new Map<string, string>();
  for (const one of unplugFamily(context)) {
    const wait = one.instances.find(({ clause }) => clause === 'unplug.wait');
    if (!wait) continue;
    if (wait.notReached) found.set(one.name, wait.notReached);
    else {
      await link.device!(one.device ?? 'complete');
      const trace = await link.run(one.program);
      assert.is(wait.missed!(trace), undefined, one.name);
      assert.is(wait.look!(trace), undefined, one.name);
      found.set(one.name, errnoName(trace.results[wait.probes[0]!]!.errno));
    }
  }
  return found;
}

test('a wait for a job should end with it, and one for nothing at its deadline, whatever is closed', async () => {
  const [done, late] = [errnoName(0), 'ETIME'];
  const expected = ['unbind', 'control'].flatMap(way =>
    [
      ['bo_wait', done],
      ['syncobj_wait', late],
      ['syncobj_timeline_wait', late],
    ].flatMap(([key, end]) => ['', '.closes'].map(more => [`${way}.wait.${key}${more}`, end])),
  );
  assert.equal([...(await ends('accelref'))].sort(), expected.sort());
  assert.equal(
    [...(await ends('ethosu'))],
    [
      ['unbind.wait.bo_wait', done],
      ['unbind.wait.bo_wait.closes', done],
    ],
  );
});

test('without lanes the waits should be told as not reached', async () => {
  assert.equal([...new Set((await ends('ethosu', false)).values())], ['the executor has no lanes']);
});

test.run();
