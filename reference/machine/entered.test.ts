/** What a call that sleeps holds on to, whatever others do. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Entered } from './entered.ts';
import { area, at, c, keep, node, open, run, slot, step } from './program.test.helper.ts';

test('a call should find what it had found, but only once it has slept', () => {
  const entered = new Entered();
  const numbers = [1, 2, 3];
  const find = () => numbers.shift();
  assert.is(entered.keep('a', find), 1);
  // It looks twice before it sleeps, as a call that checks again does.
  assert.is(entered.keep('a', find), 2);
  entered.resumed = true;
  assert.is(entered.keep('a', find), 2);
  assert.is(entered.keep('b', find), 3);
});

test('a read that sleeps should end as if its descriptor had not been closed', async () => {
  const buffers = [area(8, Uint8Array.of(1)), area(8)];
  const { ends } = await run(
    buffers,
    step('eventfd', [c(0), c(0)], keep(0)),
    step('dup', [slot(0)], keep(1)),
    step('parallel', [1, 2, 0, 0, 100, 0].map(c)),
    step('read', [slot(0), at(1), c(8)]),
    step('close', [slot(0)]),
    step('write', [slot(1), at(0), c(8)]),
    step('read', [slot(0), at(1), c(8)]),
  );
  assert.equal(ends, ['3', '4', '2', '8', '0', '8', 'EBADF']);
});

test('a client should go with its last descriptor, once no call on it sleeps any more', async () => {
  const { ends } = await run(
    [node],
    open(0),
    step('parallel', [1, 1, 0, 0, 100, 0].map(c)),
    step('poll', [slot(0), c(1), c(20)]),
    step('close', [slot(0)]),
    open(0),
  );
  assert.equal(ends, ['3', '2', '0', '0', '3']);
});

test.run();
