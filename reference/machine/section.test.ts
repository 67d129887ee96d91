/** Lanes on the reference: their order, what blocks in one and is ended by another, signals, and what never ends. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Step } from '../../schemas/index.ts';
import { area, at, c, keep, reference, run, slot, step } from './program.test.helper.ts';

const [POLLIN, SIGUSR1] = [1, 10];
const MS = 1_000_000n;

const parallel = (counts: readonly number[], offsets: readonly number[] = []): Step =>
  step(
    'parallel',
    [...counts, 0, 0]
      .slice(0, 3)
      .map(c)
      .concat([...offsets, 0, 0, 0].slice(0, 3).map(c)),
  );
const signal = (restart: number, limit = 100): Step =>
  step('signal', [c(0), c(SIGUSR1), c(restart), c(limit)]);
const eventfd = step('eventfd', [c(0), c(0)], keep(0));
const poll = (limit: number): Step => step('poll', [slot(0), c(POLLIN), c(limit)]);
const write = step('write', [slot(0), at(0), c(8)]);
const one = area(8, Uint8Array.of(1));

test('offsets should choose which of two closes comes first, and their times overlap', async () => {
  const steps = (offsets: number[]) => [
    eventfd,
    parallel([1, 1], offsets),
    ...Array(2).fill(step('close', [slot(0)])),
  ];
  const first = await run([], ...steps([0, 1]));
  assert.equal(first.ends, ['3', '2', '0', 'EBADF']);
  const second = await run([], ...steps([1, 0]));
  assert.equal(second.ends, ['3', '2', 'EBADF', '0']);
  for (const { results } of [first, second]) {
    const [a, b] = results.slice(2) as [(typeof results)[0], (typeof results)[0]];
    assert.ok(a.before <= b.after && b.before <= a.after);
  }
  assert.equal((await run([], ...steps([0, 100]))).ends, first.ends);
});

test('what one lane writes should end the sleep of another, and no time pass but that', async () => {
  const { ends, results } = await run([one], eventfd, parallel([1, 1], [0, 500]), poll(1000), write);
  assert.equal(ends.slice(2), [String(POLLIN), '8']);
  assert.ok(results[2]!.after - results[2]!.before < MS);
  const alone = await run([one], eventfd, parallel([1, 1]), poll(20), step('nop', []));
  assert.is(alone.ends[2], '0');
  assert.ok(alone.results[2]!.after - alone.results[2]!.before >= 20n * MS);
});

test('a signal should interrupt what is blocked, or let it go on', async () => {
  const read = step('read', [slot(0), at(1), c(8)]);
  const buffers = [one, area(8)];
  const without = await run(buffers, eventfd, parallel([1, 1], [0, 50]), read, signal(0));
  assert.equal(without.ends.slice(2), ['EINTR', '1']);
  const again = await run(buffers, eventfd, parallel([1, 2], [0, 50]), read, signal(1), write);
  assert.equal(again.ends.slice(2), ['8', '1', '8']);
  // A poll is interrupted whatever the handler was installed with.
  assert.equal((await run(buffers, eventfd, parallel([1, 1]), poll(50), signal(1))).ends.slice(2), [
    'EINTR',
    '1',
  ]);
  const gone = await run([], parallel([1, 1], [0, 500]), step('nop', []), signal(0));
  assert.is(gone.ends[2], 'ESRCH');
});

test('a signal should wait until its lane blocks, and for so long only', async () => {
  const late = await run([one], eventfd, parallel([1, 1], [2000, 0]), poll(10), signal(0));
  assert.equal(late.ends.slice(2), ['EINTR', '1']);
  const never = await run([one], eventfd, parallel([1, 1], [2000, 0]), poll(10), signal(0, 1));
  assert.equal(never.ends.slice(2), ['0', '0']);
  assert.ok(never.results[3]!.after - never.results[3]!.before >= MS);
});

test('a wait that nothing ends should be cut, with a result for every step of the section', async () => {
  const trace = await reference.run({
    buffers: [],
    slots: 8,
    steps: [
      eventfd,
      parallel([2, 2]),
      poll(-1),
      step('nop', []),
      step('nop', []),
      step('sleep', [c(1)]),
      step('nop', []),
    ],
  });
  assert.equal(
    trace.results.slice(2).map(({ status }) => status),
    ['deadline', 'died', 'done', 'done'],
  );
  assert.is(trace.end.status, 'cut');
});

test.run();
