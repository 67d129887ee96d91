import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference, profileParams } from '../../reference/index.ts';
import { catalogue, type DriverDescription } from '../../schemas/index.ts';
import { readParams } from './sysfs-params.ts';

const rocket = catalogue().drivers.get('rocket')!;
const shown = (type: 'number' | 'text', file: string) =>
  ({ type, summary: '', from: 'sysfs', file }) as const;
const driver: DriverDescription = {
  ...rocket,
  manifest: {
    ...rocket.manifest,
    params: {
      ...rocket.manifest.params,
      'npu.kind': shown('number', 'device_type'),
      'npu.product': shown('text', 'vbnv'),
      'npu.version': shown('number', 'fw_version'),
      'npu.none': shown('number', 'none'),
    },
  },
};

async function read(own: readonly (readonly [string, bigint | string])[]) {
  const params = new Map([...profileParams(rocket, 'rk3588'), ...own]);
  const link = createReference({ driver, profile: 'rk3588', params });
  const missing = new Map<string, string>();
  const found = await readParams(link, driver, '/dev/accel/accel0', 0, missing);
  return { found: Object.fromEntries(found), missing };
}

test('parameters should be read from the files of the device, below 0 too', async () => {
  const { found } = await read([
    ['npu.kind', -1n],
    ['npu.product', 'NPU Strix'],
  ]);
  assert.equal(found, { 'npu.kind': -1n, 'npu.product': 'NPU Strix' });
});

test('a file that is missing, and one that holds no number, should be told', async () => {
  const { found, missing } = await read([['npu.version', '1.1.2.64']]);
  assert.equal(found, {});
  assert.match(missing.get('npu.version') ?? '', /fw_version holds "1\.1\.2\.64", which is no number/);
  assert.match(missing.get('npu.none') ?? '', /device\/none answered ENOENT/);
});

test.run();
