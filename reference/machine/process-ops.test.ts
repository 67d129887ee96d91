/** Events, time, identities and processes on the reference. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { area, at, c, keep, mappable, node, open, run, slot, step } from './program.test.helper.ts';

const [POLLIN, POLLOUT] = [1n, 4n];
const [SEMAPHORE, NONBLOCK] = [1, 0x800];
const create = Uint8Array.of(0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
const eight = (value: number) => area(8, Uint8Array.of(value));

test('an eventfd should count, and give one at a time as a semaphore', async () => {
  const { ends, results } = await run(
    [eight(5), area(8)],
    step('eventfd', [c(2), c(NONBLOCK)], keep(0)),
    step('poll', [slot(0), c(POLLIN | POLLOUT), c(0)]),
    step('write', [slot(0), at(0), c(8)]),
    step('read', [slot(0), at(1), c(8)]),
    step('read', [slot(0), at(1), c(8)]),
    step('poll', [slot(0), c(POLLIN), c(100)]),
    step('read', [slot(0), at(1), c(7)]),
    step('eventfd', [c(2), c(SEMAPHORE)], keep(1)),
    step('read', [slot(1), at(1), c(8)]),
    step('eventfd', [c(0), c(2)]),
    step('close', [slot(0)]),
    step('read', [slot(0), at(1), c(8)]),
  );
  const expected = '3 5 8 8 EAGAIN 0 EINVAL 4 8 EINVAL 0 EBADF';
  assert.is(ends.join(' '), expected);
  assert.equal([...results[3]!.diffs[0]!.bytes], [7]);
  assert.equal([...results[8]!.diffs[0]!.bytes], [1]);
  const { before, after } = results[5]!;
  assert.ok(after - before >= 100_000_000n, 'a poll lets the time pass');
});

test('an eventfd should take no more than it can hold, and never return where it waits for ever', async () => {
  const most = area(8, new Uint8Array(8).fill(0xff).fill(0xfe, 0, 1));
  const all = area(8, new Uint8Array(8).fill(0xff));
  const { ends } = await run(
    [most, eight(1), all, area(8)],
    step('eventfd', [c(0), c(NONBLOCK)], keep(0)),
    step('write', [slot(0), at(2), c(8)]),
    step('write', [slot(0), at(0), c(8)]),
    step('poll', [slot(0), c(POLLIN | POLLOUT), c(-1)]),
    step('write', [slot(0), at(1), c(8)]),
    step('write', [slot(0), c(8), c(8)]),
    step('eventfd', [c(0), c(0)], keep(1)),
    step('read', [slot(1), at(3), c(8)]),
    step('nop', []),
  );
  assert.is(ends.join(' '), '3 EINVAL 8 1 EAGAIN EFAULT 4 deadline');
});

test('the clock should give the time that results have', async () => {
  const { results } = await run([], step('clock', []), step('clock', []));
  for (const { ret, before, after } of results) assert.ok(ret >= before && ret <= after);
  assert.ok(results[1]!.ret > results[0]!.ret);
});

test('capabilities should be given up for the rest of the program', async () => {
  const { ends } = await run(
    [],
    step('identity', [c(1000), c(3)]),
    step('identity', [c(1000), c(1)]),
    step('identity', [c(1000), c(2)]),
    step('identity', [c(0xffffffff), c(0)]),
  );
  assert.is(ends.join(' '), '0 0 EPERM EINVAL');
  assert.is((await run([], step('identity', [c(1000), c(2)]))).ends[0], '0', 'the next one has them again');
});

test('a forked process should keep open files and mappings alive until it is killed', async () => {
  const { ends, results } = await run(
    [node, area(16, create), area(16), area(8)],
    open(0),
    ...mappable(slot(0), { create: 1, offset: 2 }, { handle: 1, offset: 2 }),
    step('fork', [], keep(3)),
    step('close', [slot(0)]),
    open(4),
    // The offset is still that of an object, which belongs to another client.
    step('mmap', [c(0), c(4096), c(3), c(1), slot(4), slot(2)]),
    step('kill', [slot(3), c(9)]),
    step('mmap', [c(0), c(4096), c(3), c(1), slot(4), slot(2)]),
    step('kill', [slot(3), c(9)]),
    step('fork', [], keep(3)),
    step('kill', [slot(3), c(65)]),
  );
  assert.ok(results[3]!.ret > 0n);
  assert.is(ends.slice(4).join(' '), `0 3 EACCES 0 EINVAL ESRCH ${results[10]!.ret} EINVAL`);
});

test('steps should be repeated with their fills, patches and captures', async () => {
  const { ends, results } = await run(
    [area(8), area(4)],
    step('load', [at(0), c(8)], {
      patches: [{ buffer: 0, offset: 0, width: 8, value: slot(0, 3n) }],
      fills: [{ buffer: 1, offset: 0, bytes: Uint8Array.of(9) }],
      ...keep(0),
    }),
    step('store', [at(1, 2), c(1), slot(0)]),
    step('repeat', [c(0), c(2), c(4)]),
    step('repeat', [c(1), c(1), c(1_000_000)]),
    step('repeat', [c(2), c(1), c(1)]),
    step('repeat', [c(4), c(2), c(1)]),
    step('repeat', [c(0), c(0), c(1)]),
  );
  assert.is(ends.join(' '), '3 0 4 1000000 EINVAL EINVAL EINVAL');
  assert.equal(results[2]!.diffs, [{ buffer: 1, offset: 2, bytes: Uint8Array.of(15) }]);
});

test('only rounds that end as reported should be counted', async () => {
  const { ends } = await run(
    [node],
    open(0),
    step('close', [slot(0)]),
    step('repeat', [c(0), c(2), c(100)]),
    open(1),
    step('close', [slot(1)]),
    step('repeat', [c(4), c(1), c(100)]),
    step('load', [c(0), c(1)]),
    step('repeat', [c(6), c(1), c(100)]),
  );
  assert.is(ends.join(' '), '3 0 100 3 0 0 fault 100');
});

test.run();
