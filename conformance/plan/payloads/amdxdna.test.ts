import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { errnoName, type Value } from '../../../schemas/index.ts';
import { identify } from '../../run/identity.ts';
import { openTarget } from '../../targets/open.ts';
import type { Arguments } from '../arguments.ts';
import { ProgramBuilder } from '../builder.ts';
import { CallMaker } from '../call-maker.ts';
import { O_RDWR } from '../context.ts';
import { amdxdnaPayloads } from './amdxdna.ts';

const CREATE = 'DRM_IOCTL_AMDXDNA_CREATE_BO';
const CONTEXT = 'DRM_IOCTL_AMDXDNA_CREATE_HWCTX';
const CONFIG = 'DRM_IOCTL_AMDXDNA_CONFIG_HWCTX';
const EXEC = 'DRM_IOCTL_AMDXDNA_EXEC_CMD';
const WAIT = 'DRM_IOCTL_AMDXDNA_WAIT_CMD';
const SYNC = 'DRM_IOCTL_AMDXDNA_SYNC_BO';
const NOBODY = 999n;

/** How a good call with these changes ends, and calls that come after it. */
async function ends(
  target: string,
  name: string,
  label: string,
  changes: Arguments = {},
  after: readonly [string, (good: Arguments) => Arguments][] = [],
) {
  const { link, nodePath } = await openTarget(target);
  const identity = await identify(link, nodePath ? { nodePath } : {});
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, { ...identity, hello: link.hello, seed: 1 });
  const { fd } = builder.open(identity.nodePath, O_RDWR);
  const call = (key: string) => identity.driver.calls.get(key)!;
  const payload = amdxdnaPayloads[name]!.find(each => each.label === label)!;
  const { values } = payload.build(maker, fd, call(name), () => 0)!;
  const steps = [maker.call(fd, call(name), { ...values, ...changes })];
  for (const [other, of] of after) steps.push(maker.call(fd, call(other), of(values)));
  const { results } = await link.run(builder.build());
  return steps.map(step => errnoName(results[step]!.errno));
}

const STRICT = 'reference:amdxdna';
const FOUND = 'reference:amdxdna,as=linux-7.3';

test('every kind of good call should succeed; as found none waits for a command', async () => {
  for (const [name, payloads] of Object.entries(amdxdnaPayloads))
    for (const { label } of payloads) {
      assert.equal(await ends(STRICT, name, label), ['success'], `${name}: ${label}`);
      const found = name === WAIT ? 'EOPNOTSUPP' : 'success';
      assert.equal(await ends(FOUND, name, label), [found], `${name}: ${label}`);
    }
});

test('a physical function should have buffers and no contexts', async () => {
  const physical = `${STRICT},profile=npu3-pf`;
  assert.equal(await ends(physical, CREATE, 'a shared buffer'), ['success']);
  assert.equal(await ends(physical, CONTEXT, 'a context of 1 column'), ['EOPNOTSUPP']);
});

test('compute units should be read behind the header of their list', async () => {
  const second = 'param_val[0].cu_configs[1]';
  assert.equal(await ends(STRICT, CONFIG, '2 compute units', { [`${second}.cu_bo`]: NOBODY }), ['ENOENT']);
  assert.equal(await ends(FOUND, CONFIG, '2 compute units', { [`${second}.cu_bo`]: NOBODY }), ['EINVAL']);
  assert.equal(await ends(STRICT, CONFIG, '2 compute units', { [`${second}.pad[2]`]: 1n }), ['EINVAL']);
  assert.equal(await ends(STRICT, CONFIG, '2 compute units', { 'param_val[0].num_cus': 3n }), ['EINVAL']);
});

test('a piece of the memory of a program should be whole pages', async () => {
  const wrong = { 'vaddr[0].va_entries[1].len': 4095n };
  assert.equal(await ends(STRICT, CREATE, 'memory of the program in 2 pieces', wrong), ['EINVAL']);
});

test('a command should be waited for by its number, and no later one', async () => {
  const wait = (seq: bigint) =>
    [WAIT, ({ hwctx }: Arguments) => ({ hwctx: hwctx as Value, timeout: 1000n, seq })] as const;
  const commands = [[...wait(0n)], [...wait(1n)]] as [string, (good: Arguments) => Arguments][];
  assert.equal(await ends(STRICT, EXEC, 'a command without buffers', {}, commands), [
    'success',
    'success',
    'EINVAL',
  ]);
});

test('a sync from the device should succeed; as found it is refused', async () => {
  assert.equal(await ends(STRICT, SYNC, 'all of a buffer', { direction: 1n }), ['success']);
  assert.equal(await ends(FOUND, SYNC, 'all of a buffer', { direction: 1n }), ['EINVAL']);
});

test.run();
