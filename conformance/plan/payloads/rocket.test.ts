import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { errnoName, type Value } from '../../../schemas/index.ts';
import { identify } from '../../run/identity.ts';
import { openTarget } from '../../targets/open.ts';
import type { Arguments } from '../arguments.ts';
import { ProgramBuilder } from '../builder.ts';
import { CallMaker } from '../call-maker.ts';
import { O_RDWR } from '../context.ts';
import { rocketPayloads } from './rocket.ts';

const SUBMIT = 'DRM_IOCTL_ROCKET_SUBMIT';
const PREP = 'DRM_IOCTL_ROCKET_PREP_BO';
const NOBODY = 999n;
const payloads = rocketPayloads[SUBMIT]!;
const labelled = (label: string) => payloads.find(payload => payload.label === label)!;

/** How a good call with these changes ends, and a look at each named buffer just after, while jobs still run. */
async function submit(name: string, label: string, changes: Arguments, looks: readonly string[]) {
  const { link, nodePath } = await openTarget(name);
  const identity = await identify(link, nodePath ? { nodePath } : {});
  const context = { ...identity, hello: link.hello, seed: 1 };
  await link.device!('late');
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const { fd } = builder.open(context.nodePath, O_RDWR);
  const call = (key: string) => context.driver.calls.get(key)!;
  const { values } = labelled(label).build(maker, fd, call(SUBMIT), () => 0)!;
  const steps = [maker.call(fd, call(SUBMIT), { ...values, ...changes })];
  for (const look of looks)
    steps.push(maker.call(fd, call(PREP), { handle: values[look] as Value, reserved: 0n, timeout_ns: 0n }));
  const { results } = await link.run(builder.build());
  return steps.map(step => errnoName(results[step]!.errno));
}

const OUTPUTS = ['jobs[0].out_bo_handles[0]', 'jobs[1].out_bo_handles[0]'];
const LONGER = 'two jobs of longer structs';
const STRICT = 'reference:rocket';
const FOUND = 'reference:rocket,as=linux-7.3';

test('every kind of good call should succeed, strict and as found', async () => {
  for (const name of [STRICT, FOUND])
    for (const { label } of payloads) assert.equal(await submit(name, label, {}, []), ['success'], label);
});

test('jobs should be read as far apart as the caller says, and so should tasks', async () => {
  assert.equal(await submit(STRICT, LONGER, {}, OUTPUTS), ['success', 'EBUSY', 'EBUSY']);
  const wrong = { 'jobs[1].tasks[1].regcmd_count': 0n };
  assert.equal(await submit(STRICT, LONGER, wrong, OUTPUTS), ['EINVAL', 'EBUSY', 'success']);
});

test('a bad job behind a good one should be refused when the good one runs already', async () => {
  const second = { 'jobs[1].out_bo_handles[0]': NOBODY };
  assert.equal(await submit(STRICT, LONGER, second, OUTPUTS), ['ENOENT', 'EBUSY', 'success']);
});

test('a bad job before a good one should end the call; as found it is skipped and nobody is told', async () => {
  const first = { 'jobs[0].out_bo_handles[0]': NOBODY };
  assert.equal(await submit(STRICT, LONGER, first, OUTPUTS), ['ENOENT', 'success', 'success']);
  assert.equal(await submit(FOUND, LONGER, first, OUTPUTS), ['success', 'success', 'EBUSY']);
  const twice = { 'jobs[0].task_count': 0n, 'jobs[1].task_count': 0n };
  assert.equal(await submit(FOUND, LONGER, twice, OUTPUTS), ['success', 'success', 'success']);
});

test('a buffer that a job reads should be busy too; as found it is not', async () => {
  const buffers = ['jobs[0].in_bo_handles[0]', 'jobs[0].out_bo_handles[0]'];
  assert.equal(await submit(STRICT, 'one job', {}, buffers), ['success', 'EBUSY', 'EBUSY']);
  assert.equal(await submit(FOUND, 'one job', {}, buffers), ['success', 'success', 'EBUSY']);
});

test('without jobs reserved should be looked at all the same; as found nothing is', async () => {
  assert.equal(await submit(STRICT, 'no job', { reserved: 1n }, []), ['EINVAL']);
  assert.equal(await submit(FOUND, 'no job', { reserved: 1n }, []), ['success']);
});

test.run();
