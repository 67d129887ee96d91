/** Counters that fences add to. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Fence } from '../sync/fence.ts';
import {
  addTo,
  addWhen,
  count,
  hasRoom,
  newEventCounter,
  nextSignal,
  settle,
  take,
} from './event-counter.ts';

test('a counter should go up by one when a fence signals, once', () => {
  let now = 0n;
  const clock = {
    now: () => now,
    sleep: (until: bigint) => {
      now = until;
    },
  };
  const counter = newEventCounter(0n, 0n);
  addWhen(counter, new Fence(20n));
  addWhen(counter, new Fence(10n));
  addWhen(counter, new Fence(undefined));
  assert.is(nextSignal(counter), 10n);
  assert.is(settle(counter, clock), true);
  assert.is(count(counter), 0n);
  clock.sleep(15n);
  settle(counter, clock);
  settle(counter, clock);
  assert.is(count(counter), 1n);
  assert.is(nextSignal(counter), 20n);
  clock.sleep(20n);
  settle(counter, clock);
  assert.is(take(counter), 2n);
  assert.is(take(counter), undefined);
  assert.is(nextSignal(counter), undefined);
});

test('without a clock that can be moved only the device should know', () => {
  const counter = newEventCounter(3n, 0n);
  const fence = new Fence(undefined);
  addWhen(counter, fence);
  const clock = { now: () => 0n };
  assert.is(settle(counter, clock), false);
  fence.signal();
  assert.is(settle(counter, clock), true);
  assert.is(count(counter), 4n);
});

test('a fence that was asked for twice should add two', () => {
  const counter = newEventCounter(0n, 0n);
  const fence = new Fence(undefined);
  addWhen(counter, fence);
  addWhen(counter, fence);
  fence.signal();
  assert.is(settle(counter, { now: () => 0n }), true);
  assert.is(count(counter), 2n);
});

test('a counter should stay at its most', () => {
  const counter = newEventCounter(1n << 32n, 0n);
  assert.is(count(counter), 0n, 'the first value has 32 bits');
  assert.is(hasRoom(counter, (1n << 64n) - 2n), true);
  addTo(counter, (1n << 64n) - 2n);
  assert.is(hasRoom(counter, 1n), false);
  addTo(counter, 5n);
  assert.is(count(counter), (1n << 64n) - 2n);
});

test.run();
