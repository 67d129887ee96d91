import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { context } from './context.test.helper.ts';
import { outputOnlyFamily } from './output-only.ts';
import { ownedFamily } from './owned.ts';

test('every member that is output only should be tried with numbers of its own width, and no input', () => {
  const own = context('ethosu');
  const all = outputOnlyFamily(own).flatMap(({ instances }) => instances);
  const names = all.map(({ instance }) => instance);
  assert.ok(names.includes('DRM_IOCTL_ETHOSU_BO_CREATE.handle'));
  assert.not.ok(names.includes('DRM_IOCTL_ETHOSU_BO_CREATE.size'));
  assert.is(new Set(names).size, names.length);
  for (const { probes } of all) assert.is(probes.length, 3);
});

test('what a client leaves should be looked for where another client can name it', () => {
  assert.is(ownedFamily(context('ethosu')).length, 1);
  assert.is(ownedFamily(context('accelref')).length, 1);
  // A render node gives no global names.
  assert.equal(ownedFamily(context('vgem')), []);
});

test.run();
