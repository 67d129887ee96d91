/** Sync objects: fences, timelines and who waits for them. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type KernelObject, newObject } from '../drm/objects.ts';
import { ChainFence, lastNumber, progress } from './chain.ts';
import { Fence, signalledFence } from './fence.ts';
import {
  addPoint,
  fenceOf,
  findFence,
  forgetFence,
  replaceFence,
  takeFence,
  whenSubmitted,
} from './syncobj.ts';

const clock = { now: () => 10n, sleep: () => {} };
/** Time passes by itself, and only what was seen is known. */
const seen = { now: () => 10n };
const made = (): KernelObject => newObject('syncobj');

test('a sync object should hold what it was given last', () => {
  const syncobj = made();
  assert.is(fenceOf(syncobj), undefined);
  assert.is(findFence(syncobj, 0n), undefined);
  const fence = new Fence(5n);
  replaceFence(syncobj, fence);
  assert.is(findFence(syncobj, 0n), fence);
  assert.is(findFence(syncobj, 1n), undefined, 'a fence alone has no points');
  replaceFence(syncobj, undefined);
  assert.is(fenceOf(syncobj), undefined);
});

test('a point should be over with its fence and all before it', () => {
  const syncobj = made();
  replaceFence(syncobj, new Fence(8n));
  addPoint(syncobj, new Fence(30n), 2n);
  addPoint(syncobj, new Fence(20n), 5n);
  const [two, three, head] = [2n, 3n, 5n].map(point => findFence(syncobj, point)!);
  assert.is(two!.endsAt, 30n);
  assert.is(three, head, 'the next point that there is');
  assert.is(head!.endsAt, 30n);
  assert.is(findFence(syncobj, 6n), undefined);
  assert.is(findFence(syncobj, 1n), two);
  assert.is(two!.signalled(clock), false);
  assert.is(two!.signalled({ now: () => 30n, sleep: () => {} }), true);
  assert.is(two!.signalled(seen), true, 'what was seen stays');
});

test('a point that is not above the last should begin a timeline with the number of the last', () => {
  const syncobj = made();
  addPoint(syncobj, signalledFence(), 7n);
  addPoint(syncobj, new Fence(undefined), 3n);
  assert.is(lastNumber(fenceOf(syncobj)), 7n);
  assert.is(progress(fenceOf(syncobj), clock), 0n);
  assert.is(findFence(syncobj, 2n), fenceOf(syncobj));
  addPoint(syncobj, new Fence(undefined), 8n);
  assert.is(progress(fenceOf(syncobj), clock), 0n);
});

test('progress should be the last number before what is pending', () => {
  const syncobj = made();
  assert.is(progress(fenceOf(syncobj), clock), 0n);
  const first = new Fence(undefined);
  addPoint(syncobj, first, 2n);
  addPoint(syncobj, signalledFence(), 4n);
  addPoint(syncobj, new Fence(undefined), 6n);
  assert.is(progress(fenceOf(syncobj), clock), 0n);
  assert.is(progress(fenceOf(syncobj), seen), undefined, 'only the device knows');
  first.signal();
  assert.is(progress(fenceOf(syncobj), clock), 4n);
});

test('a pending fence below a timeline should hide from its numbers', () => {
  const syncobj = made();
  replaceFence(syncobj, new Fence(undefined));
  addPoint(syncobj, signalledFence(), 1n);
  addPoint(syncobj, signalledFence(), 2n);
  assert.is(progress(fenceOf(syncobj), clock), 1n, 'the walk has forgotten point 1');
});

test('who keeps a point should get the node that the kernel takes', () => {
  const syncobj = made();
  const first = new Fence(undefined);
  addPoint(syncobj, first, 1n);
  addPoint(syncobj, signalledFence(), 2n);
  addPoint(syncobj, signalledFence(), 3n);
  const taken = takeFence(syncobj, 2n, clock);
  assert.ok(taken instanceof ChainFence && taken.number === 1n, 'point 2 is over with point 1');
  assert.is(takeFence(syncobj, 3n, clock), fenceOf(syncobj));
  const unknown = takeFence(syncobj, 2n, seen)!;
  assert.is(progress(unknown, seen), undefined);
  const copy = made();
  replaceFence(copy, unknown);
  addPoint(copy, signalledFence(), 9n);
  assert.is(lastNumber(fenceOf(copy)), undefined);
  assert.throws(() => findFence(copy, 1n), /the numbers of a timeline/);
  first.signal();
  assert.is(unknown.signalled(seen), true);
  const over = takeFence(syncobj, 2n, clock)!;
  assert.is(over.done, true);
  assert.not.instance(over, ChainFence, 'nothing of the timeline is left');
});

test('who waits for a point should be told once', () => {
  const syncobj = made();
  const told: Fence[] = [];
  whenSubmitted(syncobj, 2n, fence => told.push(fence));
  replaceFence(syncobj, signalledFence());
  addPoint(syncobj, signalledFence(), 1n);
  assert.is(told.length, 0);
  addPoint(syncobj, signalledFence(), 3n);
  addPoint(syncobj, signalledFence(), 4n);
  assert.is(told.length, 1);
  whenSubmitted(syncobj, 4n, fence => told.push(fence));
  assert.is(told.length, 2);
});

test('what a followed call may have changed should be unknown until it is replaced', () => {
  const syncobj = made();
  forgetFence(syncobj);
  assert.throws(() => findFence(syncobj, 0n), /what a sync object holds/);
  replaceFence(syncobj, undefined);
  assert.is(fenceOf(syncobj), undefined);
});

test.run();
