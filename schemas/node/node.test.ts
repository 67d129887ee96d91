import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../catalogue/catalogue.ts';
import { files } from '../generated/messages.ts';
import { fdinfoKey, wrongFdinfoValue } from './fdinfo.ts';
import {
  fdinfoDescription,
  loadFdinfo,
  loadSysfs,
  loadUevents,
  sysfsDescription,
  ueventsDescription,
} from './node.ts';

const LOAD = { sysfs: loadSysfs, fdinfo: loadFdinfo, uevents: loadUevents } as const;

function broken(path: string, from: string, to: string): string {
  const before = JSON.stringify(files[`schemas/node/${path}.yaml`]);
  const after = before.replace(from, to);
  assert.is.not(after, before, 'the change must change something');
  try {
    const kind = path.split('/')[0] as keyof typeof LOAD;
    LOAD[kind]({ ...files, [`schemas/node/${path}.yaml`]: JSON.parse(after) });
  } catch (error) {
    return (error as Error).message;
  }
  return 'it loaded';
}

test('every owner should be a driver of the catalogue', () => {
  const known = new Set(['core', ...catalogue().drivers.keys()]);
  const owners = [
    ...sysfsDescription().attributes.map(({ owner }) => owner),
    ...fdinfoDescription().keys.map(({ owner }) => owner),
    ...fdinfoDescription().drivers.map(({ driver }) => driver),
    ...ueventsDescription().events.map(({ owner }) => owner),
  ];
  for (const owner of owners) assert.ok(known.has(owner), owner);
});

test('the keys of a driver should begin with the name that its VERSION reports', () => {
  for (const { key, owner } of fdinfoDescription().keys) {
    if (owner === 'core') continue;
    assert.ok(key.startsWith(`${catalogue().drivers.get(owner)!.manifest.driver}-`), key);
  }
});

test('a wrong description should be refused with what was expected', () => {
  assert.match(
    broken('sysfs/ivpu', '"place":"parent"', '"place":"device"'),
    /is in device; expected node, parent/,
  );
  assert.match(
    broken('sysfs/ivpu', '"same_as":"freq/hw_max_freq"', '"same_as":"freq"'),
    /another name of freq/,
  );
  assert.match(broken('sysfs/ivpu', '"owner":"ivpu"', '"owner":"qaic"'), /move it to qaic\.yaml/);
  assert.match(broken('sysfs/ivpu', '"errno":"ERANGE"', '"errno":"ERANG"'), /ERANG, which is no errno/);
  assert.match(
    broken('sysfs/habanalabs', '"name":"hard_reset_cnt"', '"name":"hard_reset"'),
    /habanalabs\.yaml: hard_reset stands there twice/,
  );
  assert.match(
    broken('fdinfo', '"needs":["drm-cycles-<engine>"]', '"needs":["drm-cycle"]'),
    /refers to drm-cycle/,
  );
  assert.match(broken('fdinfo', '"owner":"amdxdna"', '"owner":"core"'), /begin with drm-/);
  assert.match(broken('fdinfo', '"type":"pci"', '"type":"address"'), /the type address/);
  assert.match(broken('uevents', '"name":"PID"', '"name":"MINOR"'), /MINOR stands there twice/);
  assert.match(broken('uevents', '"action":"online"', '"action":"on"'), /action must be equal to one of/);
});

test('a printed key should find its description', () => {
  const found = (printed: string) => fdinfoKey(fdinfoDescription(), printed)?.key;
  assert.is(found('drm-engine-copy'), 'drm-engine-<engine>');
  assert.is(found('drm-engine-capacity-copy'), 'drm-engine-capacity-<engine>');
  assert.is(found('drm-total-memory'), 'drm-total-<region>');
  assert.is(found('drm-total-cycles-copy'), 'drm-total-cycles-<engine>');
  assert.is(found('drm-client-id'), 'drm-client-id');
  assert.is(found('amdxdna_accel_driver-heap-alloc'), 'amdxdna_accel_driver-heap-alloc');
  assert.is(found('drm-total-'), undefined);
  assert.is(found('drm-other'), undefined);
});

test('a value should have the type, the unit and the range of its key', () => {
  const wrong = (key: string, value: string) => wrongFdinfoValue(fdinfoDescription(), key, value);
  for (const [key, value] of [
    ['drm-total-memory', '0'],
    ['drm-total-memory', '12 KiB'],
    ['drm-engine-copy', '7 ns'],
    ['drm-engine-capacity-copy', '2'],
    ['drm-maxfreq-copy', '900 MHz'],
    ['drm-pdev', '0000:03:00.0'],
    ['drm-client-name', 'any thing'],
    ['drm-new', 'what it likes'],
  ] as const)
    assert.is(wrong(key, value), undefined, key);
  assert.is(
    wrong('drm-total-memory', '12 kB'),
    'drm-total-memory is "12 kB", expected a number without a sign, and KiB or MiB or nothing',
  );
  assert.ok(wrong('drm-total-memory', '-1'));
  assert.ok(wrong('drm-engine-copy', '7'));
  assert.ok(wrong('drm-engine-copy', '7 ns more'));
  assert.ok(wrong('drm-engine-capacity-copy', '0'));
  assert.ok(wrong('drm-client-id', '0x7'));
  assert.ok(wrong('drm-pdev', '0000:03.00.0'));
});

test.run();
