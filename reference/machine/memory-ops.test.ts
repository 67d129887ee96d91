/** Protection, size and content of memory on the reference. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { crc32 } from '../../schemas/index.ts';
import { area, at, c, keep, mappable, node, open, PAGE, run, slot, step } from './program.test.helper.ts';

const [NONE, READ, BOTH] = [0, 1, 3];
const PRIVATE_ANONYMOUS = 0x22;
const [MADV_DONTNEED, MAYMOVE] = [4, 1];
const page = BigInt(PAGE);
const anonymous = (pages: number, into: number) =>
  step('mmap', [c(0), c(PAGE * pages), c(BOTH), c(PRIVATE_ANONYMOUS), c(-1), c(0)], keep(into));

test('memory should be protected page by page', async () => {
  const { ends } = await run(
    [],
    anonymous(3, 0),
    step('fill', [slot(0), c(3 * PAGE), c(0x1a5)]),
    step('mprotect', [slot(0, page), c(1), c(READ)]),
    step('load', [slot(0, page), c(2)]),
    step('store', [slot(0, page), c(1), c(0)]),
    step('store', [slot(0, page - 1n), c(1), c(0)]),
    step('store', [slot(0, 2n * page), c(1), c(0)]),
    step('mprotect', [slot(0), c(PAGE), c(NONE)]),
    step('load', [slot(0), c(1)]),
    step('mprotect', [slot(0, 1n), c(PAGE), c(BOTH)]),
    step('mprotect', [slot(0), c(PAGE), c(BOTH)]),
    step('load', [slot(0), c(1)]),
    step('mprotect', [slot(0), c(4 * PAGE), c(BOTH)]),
  );
  assert.is(ends.slice(1).join(' '), `0 0 ${0xa5a5} fault 0 0 0 fault EINVAL 0 ${0xa5} ENOMEM`);
});

test('advice should drop private memory', async () => {
  const { ends, results } = await run(
    [area(4, Uint8Array.of(1, 2))],
    anonymous(2, 0),
    step('fill', [slot(0), c(2 * PAGE), c(1)]),
    step('madvise', [slot(0), c(PAGE), c(MADV_DONTNEED)]),
    step('load', [slot(0), c(1)]),
    step('load', [slot(0, page), c(1)]),
    step('madvise', [at(0), c(PAGE), c(MADV_DONTNEED)]),
    step('madvise', [at(0, 1), c(PAGE), c(MADV_DONTNEED)]),
  );
  assert.is(ends.slice(1).join(' '), '0 0 0 1 0 EINVAL');
  assert.equal(results[5]!.diffs, [{ buffer: 0, offset: 0, bytes: Uint8Array.of(0, 0) }]);
});

test('a mapping should shrink in its place and grow elsewhere, but not one of a device', async () => {
  const create = Uint8Array.of(0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  const { ends, results } = await run(
    [node, area(16, create), area(16)],
    anonymous(3, 0),
    step('fill', [slot(0), c(3 * PAGE), c(6)]),
    step('mremap', [slot(0), c(3 * PAGE), c(2 * PAGE), c(0)]),
    step('load', [slot(0, 2n * page), c(1)]),
    step('mremap', [slot(0), c(2 * PAGE), c(8 * PAGE), c(MAYMOVE)], keep(1)),
    step('load', [slot(1, page), c(1)]),
    step('load', [slot(1, 7n * page), c(1)]),
    step('mremap', [slot(1, 1n), c(PAGE), c(PAGE), c(0)]),
    open(2),
    ...mappable(slot(2), { create: 1, offset: 2 }, { handle: 3, offset: 4 }),
    step('mmap', [c(0), c(PAGE), c(BOTH), c(1), slot(2), slot(4)], keep(5)),
    step('mremap', [slot(5), c(PAGE), c(2 * PAGE), c(MAYMOVE)]),
  );
  assert.is(results[2]!.ret, results[0]!.ret);
  assert.equal(
    [3, 5, 6, 7, 12].map(index => ends[index]),
    ['fault', '6', '0', 'EINVAL', 'EFAULT'],
  );
});

test('memory should be summed and filled up to a fault', async () => {
  const content = Uint8Array.from({ length: PAGE }, (_, index) => index);
  const { ends, results } = await run(
    [area(PAGE, content), area(40)],
    step('checksum', [at(0), c(PAGE)]),
    step('checksum', [at(0), c(0)]),
    step('checksum', [at(0), c(PAGE + 1)]),
    step('checksum', [at(0), c(1n << 63n)]),
    step('fill', [at(1, 30), c(8), c(0x107)]),
    step('fill', [at(1), c(1n << 63n), c(7)]),
  );
  assert.is(ends.join(' '), `${crc32(content)} 0 fault fault 0 fault`);
  assert.equal(results[4]!.diffs, [{ buffer: 1, offset: 30, bytes: new Uint8Array(8).fill(7) }]);
  assert.is(
    results[5]!.diffs.reduce((sum, { bytes }) => sum + bytes.length, 0),
    32,
  );
});

test('memory should be copied, by words once it is aligned, up to a fault', async () => {
  const content = Uint8Array.from({ length: PAGE }, (_, index) => index + 1);
  const { ends, results } = await run(
    [area(PAGE, content), area(40), { ...area(21, content.subarray(0, 21)), align: 'end' }],
    step('copy', [at(1, 3), at(0, 1), c(20)]),
    // Of the source 21 bytes are there: two words, and nothing of the third.
    step('copy', [at(1), at(2), c(40)]),
    step('copy', [at(1, 30), at(0), c(1n << 40n)]),
    step('copy', [at(1), at(0), c(0)]),
    step('copy', [c(0), at(0), c(1)]),
  );
  assert.is(ends.join(' '), '0 fault fault 0 fault');
  assert.equal(results[0]!.diffs, [{ buffer: 1, offset: 3, bytes: content.subarray(1, 21) }]);
  const whole = content.subarray(0, 16);
  const [diff] = results[1]!.diffs;
  assert.equal(diff!.offset, 0);
  const after = new Uint8Array(40);
  after.set(content.subarray(1, 21), 3);
  after.set(whole);
  assert.equal(diff!.bytes, after.subarray(0, diff!.bytes.length));
  assert.equal(results[2]!.diffs, [{ buffer: 1, offset: 30, bytes: content.subarray(0, 10) }]);
});

test('a buffer that cannot be read after a step should be reported no more', async () => {
  const { ends, results } = await run(
    [area(PAGE)],
    step('mprotect', [at(0), c(PAGE), c(NONE)]),
    step('mprotect', [at(0), c(PAGE), c(BOTH)]),
    step('store', [at(0), c(1), c(1)]),
    step('load', [at(0), c(1)]),
  );
  assert.is(ends.join(' '), '0 0 0 1');
  assert.equal(
    results.flatMap(({ diffs }) => diffs),
    [],
  );
});

test.run();
