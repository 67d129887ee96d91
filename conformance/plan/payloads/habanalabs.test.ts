import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { errnoName } from '../../../schemas/index.ts';
import { identify } from '../../run/identity.ts';
import { openTarget } from '../../targets/open.ts';
import type { Arguments } from '../arguments.ts';
import { ProgramBuilder } from '../builder.ts';
import { CallMaker } from '../call-maker.ts';
import { O_RDWR } from '../context.ts';
import { habanalabsPayloads } from './habanalabs.ts';

const CB = 'DRM_IOCTL_HL_CB';
const INFO = 'DRM_IOCTL_HL_INFO';
const MEMORY = 'DRM_IOCTL_HL_MEMORY';
const NODE = '/dev/accel/accel0';
const CONTROL = '/dev/accel/accel_controlD0';
const STRICT = 'reference:habanalabs';
const FOUND = 'reference:habanalabs,as=linux-7.3';
const UNKNOWN_FLAG = 1n << 20n;

const kindOf = (key: string, label: string) =>
  habanalabsPayloads[key]!.find(payload => payload.label === label)!;

/** How a call of a kind ends, with these changes. */
async function outcome(name: string, key: string, label: string, changes: Arguments = {}, on?: string) {
  const { link, nodePath } = await openTarget(name);
  const identity = await identify(link, nodePath ? { nodePath } : {});
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, { ...identity, hello: link.hello, seed: 1 });
  const { fd } = builder.open(on ?? identity.nodePath, O_RDWR);
  const call = identity.driver.calls.get(key)!;
  const { values } = kindOf(key, label).build(maker, fd, call, () => 0)!;
  const step = maker.call(fd, call, { ...values, ...changes });
  const { results } = await link.run(builder.build());
  return errnoName(results[step]!.errno);
}

test('every kind of good call should succeed, strict and as found; what breaks a check should be refused', async () => {
  for (const name of [STRICT, FOUND])
    for (const [key, kinds] of Object.entries(habanalabsPayloads))
      for (const { label, breaks } of kinds) {
        const target = label.includes('of Gaudi:') ? `${name},profile=gaudi` : name;
        const ends = await outcome(target, key, label);
        assert.is(ends === 'success', breaks === undefined, `${target} ${key}: ${label}`);
      }
});

test('a command buffer that the device is to see should be made on Gaudi2 only', async () => {
  const label = 'a command buffer that the device sees';
  assert.is(await outcome(STRICT, CB, label), 'success');
  assert.is(await outcome(`${STRICT},profile=gaudi`, CB, label), 'ENOMEM');
  assert.is(await outcome(`${STRICT},profile=goya`, CB, label), 'ENOMEM');
});

test('blocks of registers should be given to programs by Gaudi2 only', async () => {
  assert.is(await outcome(STRICT, MEMORY, 'a block of registers'), 'success');
  assert.is(await outcome(`${STRICT},profile=goya`, MEMORY, 'a block of registers'), 'EPERM');
});

test('what Gaudi exports should be named by its place in the memory of the device', async () => {
  for (const label of [
    'a dma-buf of memory of the device',
    'a dma-buf of the last page, which exec leaves open',
  ])
    assert.is(await outcome(`${STRICT},profile=gaudi`, MEMORY, label), 'success', label);
});

test('unknown flags should be refused; as found they are taken', async () => {
  const flags = { 'in.flags': UNKNOWN_FLAG };
  assert.is(await outcome(STRICT, CB, 'a command buffer', flags), 'EINVAL');
  assert.is(await outcome(FOUND, CB, 'a command buffer', flags), 'success');
});

test('an export beyond what is mapped should be refused; as found the sum of its place and its size wraps', async () => {
  const label = 'a dma-buf of memory of the device';
  const place = { 'in.export_dmabuf_fd.offset': 0xffff_ffff_ffff_f000n };
  assert.is(await outcome(STRICT, MEMORY, label, place), 'EINVAL');
  assert.is(await outcome(FOUND, MEMORY, label, place), 'success');
});

test('the control node should take INFO, none of its events, and no other call', async () => {
  assert.is(await outcome(STRICT, INFO, 'hw ip info', {}, CONTROL), 'success');
  assert.is(await outcome(STRICT, INFO, 'get events', {}, CONTROL), 'EOPNOTSUPP');
  assert.is(await outcome(STRICT, CB, 'a command buffer', {}, CONTROL), 'ENOTTY');
});

test('the compute node should be lent to one client at a time', async () => {
  const { link } = await openTarget(STRICT);
  const builder = new ProgramBuilder();
  const first = builder.open(NODE, O_RDWR);
  const second = builder.open(NODE, O_RDWR);
  builder.close(first.fd);
  const third = builder.open(NODE, O_RDWR);
  const { results } = await link.run(builder.build());
  assert.equal(
    [first, second, third].map(({ step }) => errnoName(results[step]!.errno)),
    ['success', 'EBUSY', 'success'],
  );
});

test.run();
