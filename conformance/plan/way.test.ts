import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../../schemas/index.ts';
import { releaserOf } from './resources.ts';
import { wayTo } from './way.ts';

const driver = catalogue().drivers.get('habanalabs')!;
const memory = driver.calls.get('DRM_IOCTL_HL_MEMORY')!;
const to = (check: string) => wayTo(driver, memory, rule => 'check' in rule && rule.check === check);

test('the way to a rule should be the members that the selects around it look at', () => {
  assert.equal(to('op-unknown'), {});
  assert.equal(to('unmap-unknown'), { 'in.op': 3n });
  assert.equal(to('host-empty'), { 'in.op': 2n, 'in.flags': 4n });
});

test('what no select names should have no way', () => {
  assert.equal(to('elements-none'), {});
  assert.equal(to('no such check'), {});
});

test('a handle should be given up by the operation that does so', () => {
  const { call, field, beside } = releaserOf(driver, 'device_mapping')!;
  assert.is(call, memory);
  assert.is(field, 'in.unmap.device_virt_addr');
  assert.equal(beside, { 'in.op': 3n });
});

test.run();
