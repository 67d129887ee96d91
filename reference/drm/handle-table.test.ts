import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HandleTable } from './handle-table.ts';
import { newObject } from './objects.ts';

test('an object is held for as long as one handle names it', () => {
  const table = new HandleTable();
  const [one, other] = [newObject('gem'), newObject('gem')];
  table.set(1n, one).set(2n, one).set(3n, other);
  assert.ok(table.holds(one) && table.holds(other));
  assert.ok(table.delete(1n));
  assert.not(table.delete(1n));
  assert.ok(table.holds(one));
  table.set(2n, other);
  assert.not(table.holds(one));
  table.delete(3n);
  assert.ok(table.holds(other));
  table.set(2n, other);
  table.delete(2n);
  assert.not(table.holds(other));
  table.set(4n, one);
  table.clear();
  assert.not(table.holds(one));
  assert.is(table.size, 0);
});

test.run();
