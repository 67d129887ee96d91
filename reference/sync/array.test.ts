import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Clock } from '../model/scene.ts';
import { FenceArray, merged, statusOf, together, unwrap } from './array.ts';
import { ChainFence } from './chain.ts';
import { Fence, signalledFence } from './fence.ts';

let now = 0n;
/** The reference's time; the judge's knows nothing by itself. */
const clock: Clock = {
  now: () => now,
  sleep: until => {
    now = until;
  },
};
const judge: Clock = { now: () => 0n };

test('what is over should be left out, and one fence stand for itself', () => {
  now = 0n;
  const one = new Fence(5n);
  assert.is(together([signalledFence(), one], clock), one);
  assert.ok(together([signalledFence()], clock).done);
  assert.ok(together([], clock).done);
});

test('several should be over when the last one is', () => {
  now = 0n;
  const both = merged(new Fence(5n), new Fence(9n), clock);
  assert.is(unwrap(both, clock)?.length, 2);
  assert.is(both.endsAt, 9n);
  assert.is(statusOf(both, clock), 0n);
  now = 6n;
  assert.is(statusOf(both, clock), 0n);
  now = 9n;
  assert.is(statusOf(both, clock), 1n);
});

test('an earlier fence of the same timeline, and the same one twice, should count once', () => {
  now = 0n;
  const first = new Fence(5n);
  const second = new Fence(9n, [first]);
  assert.is(merged(first, second, clock), second);
  assert.is(merged(second, second, clock), second);
});

test('an error should be the status while the fence itself is there, and be lost by merging later', () => {
  now = 0n;
  const bad = new Fence(5n);
  bad.error = 125;
  const both = merged(bad, new Fence(6n), clock);
  now = 6n;
  assert.is(statusOf(bad, clock), -125n);
  assert.is(statusOf(both, clock), -125n);
  assert.is(statusOf(merged(bad, bad, clock), clock), 1n);
});

test('a timeline should be what is pending in it, and the node itself', () => {
  now = 0n;
  const chain = new ChainFence(new ChainFence(undefined, new Fence(3n), 1n), new Fence(5n), 2n);
  assert.is(unwrap(chain, clock)?.length, 2);
  now = 4n;
  assert.is(unwrap(chain, clock)?.length, 1);
});

test('the judge should not know how many fences were pending', () => {
  const both = merged(new Fence(undefined), new Fence(undefined), judge);
  assert.instance(both, FenceArray);
  assert.is(unwrap(both, judge), undefined);
  assert.is(statusOf(both, judge), undefined);
  both.signal();
  assert.is(both.signalled(judge), true);
});

test.run();
