import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HandleTable } from './handle-table.ts';
import { newObject } from './objects.ts';

test('the lowest free number should be the one that a search from the least would find', () => {
  const table = new HandleTable();
  let state = 7;
  const next = (below: number) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state % below;
  };
  for (let round = 0; round < 500; round += 1) {
    const least = [0n, 1n, 5n][next(3)]!;
    let searched = least;
    while (table.has(searched)) searched += 1n;
    assert.is(table.lowestFree(least), searched, `round ${round}`);
    if (next(3) === 0) table.delete(BigInt(next(40)));
    else table.set(searched, newObject('bo'));
  }
  table.clear();
  assert.is(table.lowestFree(1n), 1n);
});

test('with a step the lowest multiple of it that is free should be found, whatever else is in use', () => {
  const table = new HandleTable();
  const add = (handle: bigint) => table.set(handle, newObject('cb'));
  assert.is(table.lowestFree(0x1001n, 0x1000n), 0x2000n);
  add(0x2000n);
  add(0x3000n);
  assert.is(table.lowestFree(0x1001n, 0x1000n), 0x4000n);
  add(0x4000n);
  add(0x2800n);
  table.delete(0x3000n);
  table.delete(0x2800n);
  assert.is(table.lowestFree(0x1001n, 0x1000n), 0x3000n);
  // Another step from the same least has a search of its own.
  assert.is(table.lowestFree(0x1001n, 0x800n), 0x1800n);
  assert.is(table.lowestFree(0x1001n), 0x1001n);
});

test.run();
