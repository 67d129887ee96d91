import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { errnoName, type Value } from '../../../schemas/index.ts';
import { identify } from '../../run/identity.ts';
import { openTarget } from '../../targets/open.ts';
import type { Arguments } from '../arguments.ts';
import { ProgramBuilder } from '../builder.ts';
import { CallMaker } from '../call-maker.ts';
import { O_RDWR } from '../context.ts';
import { ivpuPayloads } from './ivpu.ts';

const SUBMIT = 'DRM_IOCTL_IVPU_SUBMIT';
const QUEUE_SUBMIT = 'DRM_IOCTL_IVPU_CMDQ_SUBMIT';
const WAIT = 'DRM_IOCTL_IVPU_BO_WAIT';
const NOBODY = 999n;
const STRICT = 'reference:ivpu';
const FOUND = 'reference:ivpu,as=linux-7.3';
const OLD = 'reference:ivpu,profile=mtl';
const COMMANDS = 'buffers_ptr[0]';
const READ = 'buffers_ptr[1]';

/** How good calls with these changes end, one after the other in one file, and a look at each named buffer after them. */
async function calls(
  name: string,
  made: readonly (readonly [string, number, Arguments])[],
  looks: readonly string[] = [],
) {
  const { link, nodePath } = await openTarget(name);
  const identity = await identify(link, nodePath ? { nodePath } : {});
  await link.device!('late');
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, { ...identity, hello: link.hello, seed: 1 });
  const { fd } = builder.open(identity.nodePath, O_RDWR);
  const call = (key: string) => identity.driver.calls.get(key)!;
  let values: Arguments = {};
  const steps = made.map(([key, kind, changes]) => {
    const built = ivpuPayloads[key]![kind]!.build(maker, fd, call(key), () => 0)!;
    values = { ...built.values, ...changes };
    return maker.call(fd, call(key), values);
  });
  for (const look of looks)
    steps.push(
      maker.call(fd, call(WAIT), { handle: values[look] as Value, flags: 0n, timeout_ns: 0n, pad: 0n }),
    );
  const { results } = await link.run(builder.build());
  return steps.map(step => errnoName(results[step]!.errno));
}

test('every kind of good call should succeed, strict and as found', async () => {
  for (const name of [STRICT, FOUND])
    for (const [key, kinds] of Object.entries(ivpuPayloads))
      for (const [kind, { label }] of kinds.entries())
        assert.equal(await calls(name, [[key, kind, {}]]), ['success'], `${name} ${key}: ${label}`);
});

test('all buffers of a job should be busy; as found only its commands are', async () => {
  const job = [[SUBMIT, 0, {}]] as const;
  assert.equal(await calls(STRICT, job, [COMMANDS, READ]), ['success', 'ETIMEDOUT', 'ETIMEDOUT']);
  assert.equal(await calls(FOUND, job, [COMMANDS, READ]), ['success', 'ETIMEDOUT', 'success']);
});

test('a queue that nobody made should be ENOENT; as found it is EINVAL', async () => {
  const job = [[QUEUE_SUBMIT, 0, { cmdq_id: NOBODY }]] as const;
  assert.equal(await calls(STRICT, job), ['ENOENT']);
  assert.equal(await calls(FOUND, job), ['EINVAL']);
});

test('the number of the queue behind SUBMIT should be free; as found it is taken and cannot be given up', async () => {
  const first = [SUBMIT, 0, {}] as const;
  const job = [QUEUE_SUBMIT, 0, { cmdq_id: 1n }] as const;
  // The queue that the good call made is the first of the strict reference.
  assert.equal(await calls(STRICT, [first, job]), ['success', 'success']);
  assert.equal(await calls(STRICT, [first, [QUEUE_SUBMIT, 0, { cmdq_id: 2n }]]), ['success', 'ENOENT']);
  assert.equal(await calls(FOUND, [first, [QUEUE_SUBMIT, 0, { cmdq_id: 2n }]]), ['success', 'success']);
  assert.equal(await calls(FOUND, [first, job]), ['success', 'success']);
});

test('without queues of the firmware the calls on them should be refused as not supported; as found as gone', async () => {
  assert.equal(await calls(OLD, [[QUEUE_SUBMIT, 0, {}]]), ['EOPNOTSUPP']);
  assert.equal(await calls(`${OLD},as=linux-7.3`, [[QUEUE_SUBMIT, 0, {}]]), ['ENODEV']);
});

test('flags that are reserved should be refused; as found they are taken', async () => {
  assert.equal(await calls(STRICT, [[SUBMIT, 0, { flags: 1n }]]), ['EINVAL']);
  assert.equal(await calls(FOUND, [[SUBMIT, 0, { flags: 1n }]]), ['success']);
});

test.run();
