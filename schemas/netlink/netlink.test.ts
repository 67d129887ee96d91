import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { files } from '../generated/messages.ts';
import { printNetlinkCondition } from './condition.ts';
import { findAttribute, loadNetlink, messageAttributes, netlinkFamilies, orderedChecks } from './family.ts';

type Json = Record<string, unknown>;
const copy = (): Record<string, Json> => JSON.parse(JSON.stringify(files));

/** The sentence about a specification or an overlay with one thing wrong. */
function broken(path: string, change: (text: string) => string): string {
  const data = copy();
  const before = JSON.stringify(data[path]);
  const after = change(before);
  assert.is.not(after, before, 'the change must change something');
  data[path] = JSON.parse(after);
  try {
    loadNetlink(data);
  } catch (error) {
    return (error as Error).message;
  }
  return 'it loaded';
}
const swap = (from: string, to: string) => (text: string) => text.replace(from, to);
const SPEC = 'schemas/netlink/devlink.yaml';
const FLASH = 'schemas/netlink/overlay/devlink/flash.yaml';

test('the built-in families should load', () => {
  const families = netlinkFamilies();
  assert.equal([...families.keys()], ['devlink', 'drm_ras']);
  assert.is(families.get('drm_ras')!.spec.name, 'drm-ras');
});

test('every attribute, operation and value should have a text', () => {
  for (const { spec } of netlinkFamilies().values())
    for (const operation of spec.operations.list)
      for (const side of [operation.do, operation.dump].flatMap(each => [each?.request, each?.reply]))
        for (const name of side?.attributes ?? [])
          assert.ok(findAttribute(spec, operation['attribute-set'], name)?.doc, `${operation.name} ${name}`);
});

test('a number that is not the one of the header should be refused', () => {
  assert.match(
    broken(
      SPEC,
      swap('"name":"bus-name","type":"string","value":1', '"name":"bus-name","type":"string","value":2'),
    ),
    /devlink\.yaml: the attribute bus-name of devlink has the number 2, but DEVLINK_ATTR_BUS_NAME is 1/,
  );
  assert.match(
    broken(SPEC, swap('"name":"fw-activate"', '"name":"fw-activated"')),
    /fw-activated of reload-action would be DEVLINK_RELOAD_ACTION_FW_ACTIVATED, which the header does not have/,
  );
  assert.match(
    broken(SPEC, swap('"request":{"value":51', '"request":{"value":52')),
    /the operation info-get has the number 52, but DEVLINK_CMD_INFO_GET is 51/,
  );
});

test('a name of a specification that leads nowhere should be refused', () => {
  assert.match(
    broken(SPEC, swap('"nested-attributes":"dl-fmsg"', '"nested-attributes":"dl-msg"')),
    /no set of attributes/,
  );
  assert.match(broken(SPEC, swap('"enum":"param-cmode"', '"enum":"param-mode"')), /which is not defined/);
  assert.match(broken(SPEC, swap('"mcgrp":"config"', '"mcgrp":"events"')), /the group events/);
  assert.match(
    broken(SPEC, swap('"notify":"get"', '"notify":"got"')),
    /looks like got, which is no operation/,
  );
  assert.match(broken(SPEC, swap('"subset-of":"devlink"', '"subset-of":"device"')), /which is no set/);
  assert.match(
    broken(SPEC, swap('"protocol":', '"since":"5.1","protocol":')),
    /additional properties.*since/i,
  );
});

test('an overlay that disagrees with its specification should be refused', () => {
  assert.match(
    broken(FLASH, swap('"flash-update":', '"flash-updates":')),
    /no operation flash-updates|flash-update$/,
  );
  assert.match(
    broken(FLASH, swap('"required":["flash-update-file-name"]', '"required":["flash-file-name"]')),
    /flash-update: do: it is about flash-file-name, which no request has/,
  );
  assert.match(broken(FLASH, swap('"EINVAL"', '"EINVALID"')), /which is no errno/);
  assert.match(broken(FLASH, swap('"admin",', '')), /before lacks admin/);
  assert.match(broken(FLASH, swap('"handle"]', '"device"]')), /no list of checks named device/);
  assert.match(
    broken(FLASH, swap('"check":"file-name-missing"', '"check":"no-flash"')),
    /no-flash stands there twice/,
  );
  assert.match(broken(FLASH, swap('"named":"update-fails"', '"named":"fails"')), /add its sentence to named/);
  assert.match(broken(FLASH, swap('"reply":"none"', '"reply":"one"')), /the specification has no reply/);
  assert.match(
    broken(FLASH, swap('"notification":"flash-update-end"', '"notification":"get"')),
    /no notification/,
  );
  assert.match(
    broken(FLASH, swap('"family":"devlink"', '"family":"devlinks"')),
    /flash-update|no family devlinks/,
  );
});

test('checks should come in the order of the kernel, and print as English', () => {
  const family = netlinkFamilies().get('devlink')!;
  const exchange = family.operations.get('flash-update')!.overlay.do!;
  const ids = orderedChecks(family, exchange).map(({ check }) => check.check);
  const order = [
    'no-operation',
    'unprivileged',
    'instance-unknown',
    'no-flash',
    'file-name-missing',
    'update',
  ];
  assert.equal(
    ids.filter(id => order.includes(id)),
    order,
  );
  const handle = family.lists.handle!.map(({ when }) => printNetlinkCondition(when, family.named));
  assert.equal(handle, [
    'index is present and (bus-name is present or dev-name is present)',
    'index is missing and (bus-name is missing or dev-name is missing)',
    'bus-name, dev-name and index name no instance',
  ]);
});

test('a notification should have the attributes of the reply that it looks like', () => {
  const family = netlinkFamilies().get('devlink')!;
  const of = (name: string) =>
    messageAttributes(family, family.operations.get(name)!, 'notification', 'reply');
  assert.equal(of('param-new'), ['bus-name', 'dev-name', 'index', 'param']);
  assert.ok(of('flash-update-status').includes('flash-update-status-timeout'));
});

test.run();
