import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wrongCapacity, wrongCycles, wrongDevice, wrongKeys, wrongParts } from './fdinfo.ts';

const keys = (...pairs: [string, string][]) => new Map(pairs);

test('a part that is larger than its whole should be told in bytes, whatever the units', () => {
  const total: [string, string] = ['drm-total-memory', '1 MiB'];
  assert.is(wrongParts(keys(total, ['drm-shared-memory', '1024 KiB'])), undefined);
  assert.match(wrongParts(keys(total, ['drm-shared-memory', '1048577']))!, /drm-shared-memory is 1048577/);
  assert.is(wrongParts(keys(total, ['drm-shared-vram', '2 MiB'])), undefined);
  assert.ok(wrongParts(keys(['drm-resident-memory', '1 KiB'], ['drm-active-memory', '2 KiB'])));
  assert.ok(wrongParts(keys(['drm-resident-memory', '0'], ['drm-purgeable-memory', '1'])));
});

test('a capacity should need its engine, and cycles one thing to be compared with', () => {
  assert.is(wrongCapacity(keys(['drm-engine-npu', '1 ns'], ['drm-engine-capacity-npu', '2'])), undefined);
  assert.match(wrongCapacity(keys(['drm-engine-capacity-npu', '2']))!, /without drm-engine-npu/);
  const cycles: [string, string] = ['drm-cycles-npu', '1'];
  assert.is(wrongCycles(keys(cycles, ['drm-maxfreq-npu', '1 MHz'])), undefined);
  assert.match(wrongCycles(keys(cycles))!, /neither/);
  assert.match(wrongCycles(keys(cycles, ['drm-maxfreq-npu', '1'], ['drm-total-cycles-npu', '1']))!, / and /);
});

test('a key should be common, the driver’s own, or of every file', () => {
  assert.is(wrongKeys(keys(['pos', '0'], ['drm-driver', 'x'], ['x-heap', '1']), 'x'), undefined);
  assert.match(wrongKeys(keys(['heap', '1']), 'x')!, /"heap" begins neither/);
  assert.match(wrongKeys(keys(['x-heap size', '1']), 'x')!, /"x-heap size"/);
});

test('a PCI device should be named by its address, and any other device by nothing', () => {
  const uevent = 'DRIVER=x\nPCI_CLASS=120000\nPCI_SLOT_NAME=0000:00:0b.0\nMODALIAS=pci:v1\n';
  assert.is(wrongDevice(keys(['drm-pdev', '0000:00:0b.0']), uevent), undefined);
  assert.match(
    wrongDevice(keys(['drm-pdev', '00:0b.0']), uevent)!,
    /is 00:0b.0, and the device is 0000:00:0b.0/,
  );
  assert.match(wrongDevice(keys(), uevent)!, /not there/);
  assert.is(wrongDevice(keys(), 'DRIVER=ethosu\nOF_NAME=npu\n'), undefined);
});

test.run();
