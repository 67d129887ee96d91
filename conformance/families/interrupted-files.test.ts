import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createMutant, createReference, mutantById, profileParams } from '../../reference/index.ts';
import { catalogue, errnoName, type Link } from '../../schemas/index.ts';
import type { Case } from '../plan/case.ts';
import { interruptedFiles } from './interrupted-files.ts';

const NODE = '/dev/accel/accel0';

function plan(name: string, link: Link, lanes = true): Case[] {
  const driver = catalogue().drivers.get(name)!;
  const params = profileParams(driver, Object.keys(driver.manifest.profiles)[0]!);
  const { lanes: _, ...plain } = link.hello;
  const hello = lanes ? link.hello : plain;
  return interruptedFiles({ driver, hello, params, nodePath: NODE, minor: 0, minors: [0], seed: 1 });
}

const strict = (name: string) => {
  const driver = catalogue().drivers.get(name)!;
  return createReference({ driver, profile: Object.keys(driver.manifest.profiles)[0]! });
};

/** How the interrupted step of every case ended, and what the looks say. */
async function seen(name: string, link: Link) {
  const ends = new Map<string, string>();
  const wrong: string[] = [];
  for (const one of plan(name, link)) {
    await link.device!(one.device ?? 'complete');
    const trace = await link.run(one.program);
    const [first] = one.instances;
    assert.is(first!.missed!(trace), undefined, one.name);
    ends.set(one.name, errnoName(trace.results[first!.probes[0]!]!.errno));
    if (one.instances.some(({ look }) => look?.(trace) !== undefined)) wrong.push(one.name);
  }
  return { ends, wrong };
}

test('reads should go on with SA_RESTART only, and polls never', async () => {
  const { ends, wrong } = await seen('accelref', strict('accelref'));
  const done = errnoName(0);
  const both = (kind: string): [string, string][] => [
    [`${kind}.read.ends`, 'EINTR'],
    [`${kind}.read.goes-on`, done],
    [`${kind}.poll.ends`, 'EINTR'],
    [`${kind}.poll.restart`, 'EINTR'],
  ];
  const polls: [string, string][] = [
    ['sync-file.poll.ends', 'EINTR'],
    ['sync-file.poll.restart', 'EINTR'],
  ];
  assert.equal([...ends], [...both('node'), ...both('eventfd'), ...polls]);
  assert.equal(wrong, []);
});

test('a driver without events and sync objects should have its sync files polled', () => {
  const names = plan('ethosu', strict('ethosu')).map(({ name, device }) => `${name} ${device}`);
  assert.equal(names, ['sync-file.poll.ends late', 'sync-file.poll.restart late']);
});

test('reads that are never restarted should be seen, of every file', async () => {
  const { wrong } = await seen('accelref', createMutant(mutantById('wait.never-restarts')!));
  assert.equal(wrong, ['node.read.goes-on', 'eventfd.read.goes-on']);
});

test('without lanes every clause should be told as not reached', () => {
  const cases = plan('accelref', strict('accelref'), false);
  const instances = cases.flatMap(one => one.instances);
  assert.is(instances.length, 12);
  assert.ok(instances.every(({ notReached }) => notReached === 'the executor has no lanes'));
});

test.run();
