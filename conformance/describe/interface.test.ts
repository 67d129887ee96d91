import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { netlinkFamilies, validate } from '../../schemas/index.ts';
import { runDescribe } from '../cli/describe.ts';

const WIDTH = 80;

function described(name: string, format?: 'json'): string {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  assert.is(runDescribe(name, format ? { format } : {}, WIDTH, write), 0);
  return text;
}

test('every family and operation should print in lines that fit, and as JSON that holds to its schema', () => {
  for (const [key, family] of netlinkFamilies())
    for (const name of [key, ...[...family.operations.keys()].map(operation => `${key}.${operation}`)]) {
      for (const line of described(name).split('\n')) assert.ok(line.length <= WIDTH, `${name}: ${line}`);
      validate('describeNetlink', name, JSON.parse(described(name, 'json')));
    }
});

test('an operation should print its checks in order, with their errno and source', () => {
  const text = described('devlink.region-read').replaceAll(/\s+/g, ' ');
  const places = [
    'refused with EPERM when the caller lacks CAP_NET_ADMIN',
    'refused with ENODEV when bus-name, dev-name and index name no instance',
    'refused with EINVAL, telling a message, when region-name is missing',
    'refused with EOPNOTSUPP, telling a message, when region-snapshot-id is missing and the driver lacks read of the region',
  ].map(sentence => text.indexOf(sentence));
  assert.ok(
    places.every((place, index) => place > (places[index - 1] ?? -1)),
    places.join(),
  );
  assert.match(text, /net\/devlink\/region\.c:888/);
});

test('an operation should come with its attributes only, and with all of the sets that they lead to', () => {
  const { sets, enums } = JSON.parse(described('devlink.param-get', 'json')) as {
    sets: { name: string; attributes: { name: string }[] }[];
    enums: { name: string }[];
  };
  assert.equal(
    sets.map(({ name }) => name),
    ['devlink', 'dl-param', 'dl-param-values', 'dl-param-value'],
  );
  assert.equal(
    sets[0]!.attributes.map(({ name }) => name),
    ['bus-name', 'dev-name', 'param', 'param-name', 'index'],
  );
  assert.equal(
    enums.map(({ name }) => name),
    ['param-cmode', 'var-attr-type'],
  );
});

test('what a node shows should print, and give its data as JSON', () => {
  for (const name of ['sysfs', 'fdinfo', 'uevents'] as const) {
    for (const line of described(name).split('\n')) {
      // A path or a source is one word, and may be longer.
      if (line.trim().includes(' ')) assert.ok(line.length <= WIDTH, line);
    }
    validate(name, name, JSON.parse(described(name, 'json')));
  }
  const flat = (name: string) => described(name).replaceAll(/\s+/g, ' ');
  assert.match(flat('fdinfo'), /drm-engine-<engine> \(optional; a number without a sign, and ns/);
  assert.match(flat('sysfs'), /accel<n>\/device\/npu_busy_time_us \(read, unsigned in us, since 6\.11\)/);
  assert.match(flat('uevents'), /WEDGED=none \| rebind \| bus-reset \| vendor-specific \| unknown/);
});

test('a wrong name should name the nearest right one', () => {
  assert.throws(() => described('devlinks'), /did you mean devlink\?/);
  assert.throws(() => described('devlink.flash'), /devlink has no operation flash.*expected .*flash-update/);
  assert.throws(() => described('devlink.flash-updat'), /did you mean flash-update\?/);
  assert.throws(() => described('fdinfo.drm-driver'), /fdinfo has no parts; expected describe fdinfo/);
});

test.run();
