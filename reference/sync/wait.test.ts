/** Waits for several sync objects. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Fence, signalledFence } from './fence.ts';
import { SyncobjWait } from './wait.ts';

const ALL = 1n;
const AVAILABLE = 4n;
const seen = { now: () => 0n };

function ticking(now = 10n) {
  const clock = {
    now: () => now,
    sleep: (until: bigint) => {
      now = until;
    },
  };
  return clock;
}

test('a wait for one should end with the first', () => {
  const clock = ticking();
  const wait = new SyncobjWait([new Fence(50n), new Fence(30n), undefined], 0n, clock);
  assert.is(wait.unmetAt(100n, clock), false);
  assert.is(clock.now(), 30n);
  assert.is(wait.first(clock), 1n);
});

test('a wait for all should end with the last, and tell what was over when it began', () => {
  const clock = ticking();
  const wait = new SyncobjWait([new Fence(50n), signalledFence()], ALL, clock);
  assert.is(wait.unmetAt(100n, clock), false);
  assert.is(clock.now(), 50n);
  assert.is(wait.first(clock), 1n);
  const none = new SyncobjWait([new Fence(60n)], ALL, clock);
  assert.is(none.unmetAt(100n, clock), false);
  assert.is(none.first(clock), 0xffff_ffffn);
});

test('a wait should not give up before its deadline, and look once after it', () => {
  const clock = ticking();
  assert.is(new SyncobjWait([new Fence(50n)], 0n, clock).unmetAt(40n, clock), true);
  assert.is(clock.now(), 40n);
  assert.is(new SyncobjWait([undefined], ALL, clock).unmetAt(0n, clock), true);
  assert.is(clock.now(), 40n);
});

test('a fence that is there should be enough for a wait for that', () => {
  const clock = ticking();
  const wait = new SyncobjWait([undefined, new Fence(undefined)], AVAILABLE, clock);
  assert.is(wait.unmetAt(0n, clock), false);
  assert.is(wait.first(clock), 1n);
  assert.is(new SyncobjWait([undefined, new Fence(9n)], AVAILABLE | ALL, clock).unmetAt(0n, clock), true);
});

test('without a clock that can be moved only the outcome should tell', () => {
  const [left, right] = [new Fence(undefined), new Fence(undefined)];
  const one = new SyncobjWait([undefined, left], 0n, seen);
  const unmet = one.unmetAt(0n, seen);
  assert.type(unmet, 'object');
  if (typeof unmet === 'object') unmet.learn(false);
  assert.is(left.done, true);
  assert.is(one.first(seen), 1n);
  assert.is(new SyncobjWait([right, left], 0n, seen).unmetAt(0n, seen), false, 'one is over for certain');
  assert.is(new SyncobjWait([right, left], 0n, seen).first(seen), undefined, 'the other may be too');
  const all = new SyncobjWait([right, left], ALL, seen);
  const known = all.unmetAt(0n, seen);
  if (typeof known === 'object') known.learn(false);
  assert.is(right.done, true);
  assert.is(all.first(seen), undefined, 'it may have been over before');
  assert.is(new SyncobjWait([left, undefined], ALL, seen).unmetAt(0n, seen), true);
});

test('two fences of which one is over should stay open', () => {
  const [left, right] = [new Fence(undefined), new Fence(undefined)];
  const wait = new SyncobjWait([left, right], 0n, seen);
  const unmet = wait.unmetAt(0n, seen);
  if (typeof unmet === 'object') unmet.learn(false);
  assert.is(left.done || right.done, false);
  assert.is(wait.first(seen), undefined);
});

test.run();
