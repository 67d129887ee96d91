import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CheckRule, catalogue, type DriverDescription, type Rule } from '../../schemas/index.ts';
import { identify } from '../run/identity.ts';
import { openTarget } from '../targets/open.ts';
import { probe } from './probe.ts';

const REFUSALS = ['EINVAL', 'ENOSPC', 'ENOENT', 'EFAULT'] as const;

/** The description of ethosu without some checks, whose refusals are then allowed. */
function without(name: string, checks: readonly string[]): DriverDescription {
  const driver = catalogue().drivers.get('ethosu')!;
  const call = driver.calls.get(name)!;
  const body = call.semantics.body.filter(
    (rule: Rule) => !('check' in rule && checks.includes(rule.check)),
  ) as typeof call.semantics.body;
  const semantics = { ...call.semantics, body, environmental: [...REFUSALS] };
  return { ...driver, calls: new Map([...driver.calls, [name, { ...call, semantics }]]) };
}

async function probed(driver: DriverDescription, target = 'reference:ethosu') {
  const { link } = await openTarget(target);
  const { nodePath, minor, minors, params } = await identify(link, {});
  const { hello } = link;
  const context = { driver, hello, nodePath, minor, minors, params, seed: 1 };
  const setup = { driver, abi: hello.abi, pageSize: hello.pageSize, params, minor, nodePath };
  const found = await probe(link, context, setup, 'seen here');
  return found.proposals.map(({ call, check }) => [call, check] as const);
}

const shown = (all: Awaited<ReturnType<typeof probed>>) =>
  all.map(([, { check, when, errno }]) => [check, when, errno]);

test('nothing should be proposed where the description says it all', async () => {
  assert.equal(await probed(catalogue().drivers.get('ethosu')!), []);
});

test('limits should be found to the last value', async () => {
  const driver = without('DRM_IOCTL_ETHOSU_BO_CREATE', ['size-zero', 'size-beyond-offsets']);
  const found = await probed(driver);
  assert.equal(shown(found), [
    ['size-zero', { eq: [{ field: 'size' }, 0] }, 'EINVAL'],
    ['size-too-large', { gt: [{ field: 'size' }, 0xfffff00000] }, 'ENOSPC'],
  ]);
  for (const [call, check] of found) {
    assert.is(call, 'DRM_IOCTL_ETHOSU_BO_CREATE');
    const { basis, evidence, source }: CheckRule = check;
    assert.equal([basis, evidence, source], ['code', 'seen', 'seen here']);
  }
});

test('bits that are refused should be proposed together', async () => {
  const driver = without('DRM_IOCTL_ETHOSU_BO_CREATE', ['flags-unknown']);
  assert.equal(shown(await probed(driver)), [
    ['flags-bits-einval', { nonzero: { and: [{ field: 'flags' }, 0xfffffffe] } }, 'EINVAL'],
  ]);
});

test('a driver that refuses less should lead to fewer proposals', async () => {
  const driver = without('DRM_IOCTL_ETHOSU_BO_CREATE', ['size-zero']);
  assert.is((await probed(driver)).length, 1);
  assert.equal(await probed(driver, 'reference:ethosu,mutant=drop.ethosu.bo_create.size-zero'), []);
});

test.run();
