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

test.run();
