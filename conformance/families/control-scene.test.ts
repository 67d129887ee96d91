import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { payloads } from '../plan/payloads.ts';
import { context } from './context.test.helper.ts';
import { kindsOf } from './control-scene.ts';

const habanalabs = context('habanalabs');
const info = habanalabs.driver.calls.get('DRM_IOCTL_HL_INFO')!;
const labelOf = ({ pick }: ReturnType<typeof kindsOf>[number]) =>
  payloads(info)[pick('payload', payloads(info).length)]!.label;

test('a query should be asked for each kind that the node takes, of which the driver lists some as public', () => {
  const kinds = kindsOf(habanalabs, info);
  const open = kinds.filter(kind => kind.open).map(labelOf);
  const shut = kinds.filter(kind => !kind.open).map(labelOf);
  assert.ok(open.includes('dram usage') && open.includes('open stats'));
  assert.ok(shut.includes('hw ip info') && shut.includes('dev mem alloc page sizes'));
  // Only a client has events of its own (drivers/accel/habanalabs/common/habanalabs_ioctl.c:1315).
  assert.not.ok([...open, ...shut].some(label => label.includes('get events')));
});

test.run();
