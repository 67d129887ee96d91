import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue, netlinkFamilies } from '../../schemas/index.ts';
import { recorded } from './recorded.ts';

const test = suite('deviations that a run on a kernel has to show');

const rocket = (evidence: 'seen' | 'read') =>
  catalogue()
    .drivers.get('rocket')!
    .deviations.filter(one => one.evidence === evidence && one.kind === undefined)
    .map(({ id }) => id);

test('what was seen is asked for, what was only read is not', () => {
  const asked = recorded('rocket', '7.3.4');
  assert.ok(rocket('seen').length > 0 && rocket('read').length > 0);
  for (const id of rocket('seen')) assert.ok(asked.includes(id), id);
  for (const id of rocket('read')) assert.not.ok(asked.includes(id), id);
});

test('a kernel from before a deviation came does not have to show it', () => {
  const [first] = rocket('seen');
  assert.not.ok(recorded('rocket', '6.12.1').includes(first!));
});

test('a netlink family is asked for what is on record of it', () => {
  const families = [...netlinkFamilies().values()].filter(({ deviations }) => deviations.length > 0);
  assert.ok(families.length > 0);
  for (const { spec, kernel, deviations } of families)
    assert.equal(
      recorded(spec.name, kernel),
      deviations
        .filter(({ evidence }) => evidence === 'seen')
        .map(({ id }) => id)
        .sort(),
    );
});

test('a driver that is not described has nothing on record', () => {
  assert.equal(recorded('no such driver', '7.3.4'), []);
});

test.run();
