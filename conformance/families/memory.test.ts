import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Balance, leak, meminfo } from './memory.ts';

const KIB = 1024n;
const ROUNDS = 5000;
const START: Balance = { objects: 20_000n * KIB, available: 400_000n * KIB };

function after(objects: bigint, available = 0n): Balance {
  return { objects: START.objects + objects * KIB, available: START.available - available * KIB };
}

test('the sizes should be read from meminfo, and an odd file should give none', () => {
  const text =
    'MemTotal:  10 kB\nMemAvailable:    7 kB\nSlab: 9 kB\nSReclaimable: 5 kB\nSUnreclaim:      4 kB\n';
  assert.equal(meminfo(text), { objects: 4n * KIB, available: 7n * KIB });
  assert.is(meminfo(''), undefined);
  assert.is(meminfo('MemAvailable: 7 kB\n'), undefined);
});

test('memory that stays, or comes and goes, should be no leak', () => {
  assert.is(leak([START, START, START, START], ROUNDS), undefined);
  assert.is(leak([START, after(10n), after(200n), after(30n)], ROUNDS), undefined);
});

test('what grows in one half only should be no leak', () => {
  assert.is(leak([START, START, after(4000n), after(4000n)], ROUNDS), undefined);
});

test('an object a round should be a leak', () => {
  const each = (128n * BigInt(ROUNDS)) / KIB;
  const said = leak([START, START, after(each), after(2n * each)], ROUNDS);
  assert.match(said!, /keeps more objects: 128 and 128 bytes a round in two times 5000 rounds/);
});

test('a page a round should be a leak', () => {
  const each = 4n * BigInt(ROUNDS);
  assert.match(leak([START, START, after(0n, each), after(0n, 2n * each)], ROUNDS)!, /memory is lost: 4096/);
});

test('a machine that is busy with other things should need more', () => {
  const each = (128n * BigInt(ROUNDS)) / KIB;
  const busy = 1000n;
  assert.is(leak([START, after(busy), after(busy + each), after(busy + 2n * each)], ROUNDS), undefined);
});

test('without a reading nothing should be said', () => {
  assert.is(leak([START, undefined, after(9000n), after(18000n)], ROUNDS), undefined);
  assert.is(leak([], ROUNDS), undefined);
});

test.run();
