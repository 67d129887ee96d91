/** mprotect, mremap, madvise, and accesses to ranges of memory. */
import * as assert from 'uvu/assert';
import { crc32 } from '../../../schemas/protocol/crc32.ts';
import { area, at, c, changed, E, keep, run, SIGSEGV, type Suite, shorts, slot, step } from './kit.ts';

const [PROT_NONE, PROT_READ, PROT_WRITE] = [0, 1, 2];
const [PRIVATE, ANONYMOUS] = [2, 0x20];
const [MADV_DONTNEED, MREMAP_MAYMOVE] = [4, 1];
const fault = `fault -1 signal ${SIGSEGV}`;

export function protectionTests(it: Suite): void {
  it('changes what may be done with a mapping, and its size', async ({ link }) => {
    const page = link.hello.pageSize;
    const trace = await run(
      link,
      [],
      step(
        'mmap',
        [c(0), c(3 * page), c(PROT_READ | PROT_WRITE), c(PRIVATE | ANONYMOUS), c(-1), c(0)],
        keep(0),
      ),
      step('fill', [slot(0), c(3 * page), c(0x1a5)]),
      step('mprotect', [slot(0, { add: BigInt(page) }), c(page), c(PROT_READ)]),
      step('load', [slot(0, { add: BigInt(page) }), c(2)]),
      step('store', [slot(0, { add: BigInt(page) }), c(2), c(0)]),
      step('mprotect', [slot(0), c(page), c(PROT_NONE)]),
      step('load', [slot(0), c(1)]),
      step('mprotect', [slot(0, { add: 1n }), c(page), c(PROT_NONE)]),
      step('mprotect', [slot(0), c(3 * page), c(PROT_READ | PROT_WRITE)]),
      step('madvise', [slot(0), c(page), c(MADV_DONTNEED)]),
      step('load', [slot(0), c(1)]),
      step('madvise', [slot(0), c(page), c(12345)]),
      step('mremap', [slot(0), c(3 * page), c(2 * page), c(0)], keep(1)),
      step('load', [slot(0, { add: BigInt(2 * page) }), c(1)]),
      step('mremap', [slot(0), c(2 * page), c(64 * page), c(MREMAP_MAYMOVE)], keep(2)),
      step('load', [slot(2, { add: BigInt(page) }), c(1)]),
      step('load', [slot(2, { add: BigInt(63 * page) }), c(1)]),
      step('mremap', [slot(2, { add: 1n }), c(page), c(page), c(0)]),
      step('munmap', [slot(2), c(64 * page)]),
    );
    const results = shorts(trace);
    assert.equal(results.slice(1, 12), [
      'done 0',
      'done 0',
      `done ${0xa5a5}`,
      fault,
      'done 0',
      fault,
      `done -1 errno ${E.EINVAL}`,
      'done 0',
      'done 0',
      'done 0',
      `done -1 errno ${E.EINVAL}`,
    ]);
    assert.is(trace.results[12]!.ret, trace.results[0]!.ret, 'smaller in its place');
    assert.is(results[13], fault);
    assert.ok(trace.results[14]!.ret > 0n);
    assert.equal(results.slice(15), [`done ${0xa5}`, 'done 0', `done -1 errno ${E.EINVAL}`, 'done 0']);
  });

  it('sums and fills memory, and survives faults', async ({ link }) => {
    const content = Uint8Array.from({ length: 9000 }, (_, index) => index * 7);
    const edge = area(5, { data: new Uint8Array([1, 2, 3, 4, 5]) });
    const trace = await run(
      link,
      [area(9000, { data: content }), edge, area(20, { align: 'start' }), area(8, { access: 'read' })],
      step('checksum', [at(0), c(9000)]),
      step('checksum', [at(0, 3), c(0)]),
      step('checksum', [at(1), c(6)]),
      step('checksum', [c(0), c(1)]),
      step('fill', [at(2, 1), c(17), c(0x101)]),
      step('fill', [at(1, 1), c(100), c(9)]),
      step('fill', [at(3), c(1), c(9)]),
      step('fill', [at(0, 1), c(8000), c(0)]),
      step('checksum', [at(0), c(9000)]),
    );
    const after = content.slice().fill(0, 1, 8001);
    assert.equal(shorts(trace), [
      `done ${crc32(content)}`,
      'done 0',
      fault,
      fault,
      'done 0',
      fault,
      fault,
      'done 0',
      `done ${crc32(after)}`,
    ]);
    assert.equal(changed(trace.results[4]!), [`2+1:${'01'.repeat(17)}`]);
    assert.equal(changed(trace.results[5]!), ['1+1:09090909'], 'up to the byte that faults');
    assert.equal(trace.results[7]!.hashes, [{ buffer: 0, crc32: crc32(after) }]);
  });

  it('copies memory by words once it is aligned, and survives faults', async ({ link }) => {
    const content = Uint8Array.from({ length: 9000 }, (_, index) => index * 7 + 1);
    const trace = await run(
      link,
      [
        area(9000, { data: content }),
        area(40),
        area(21, { data: content.subarray(0, 21) }),
        area(8, { access: 'read' }),
        area(9000),
      ],
      step('copy', [at(1, 3), at(0, 1), c(20)]),
      step('copy', [at(1), at(2), c(40)]),
      step('copy', [at(1, 30), at(0), c(1000)]),
      step('copy', [at(3), at(0), c(1)]),
      step('copy', [at(1), c(0), c(1)]),
      step('copy', [at(1), at(0), c(0)]),
      step('copy', [at(4, 1), at(0, 2), c(8998)]),
    );
    assert.equal(shorts(trace), ['done 0', fault, fault, fault, fault, 'done 0', 'done 0']);
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
    assert.equal(changed(trace.results[0]!), [`1+3:${hex(content.subarray(1, 21))}`]);
    // Of the source 21 bytes are there: two words, and nothing of the third.
    const before = new Uint8Array(40);
    before.set(content.subarray(1, 21), 3);
    const after = before.slice();
    after.set(content.subarray(0, 16));
    const last = after.findLastIndex((byte, index) => byte !== before[index]);
    assert.equal(changed(trace.results[1]!), [`1+0:${hex(after.subarray(0, last + 1))}`]);
    assert.equal(changed(trace.results[2]!), [`1+30:${hex(content.subarray(0, 10))}`], 'up to the guard');
    const whole = new Uint8Array(9000);
    whole.set(content.subarray(2), 1);
    whole[8999] = 0;
    assert.equal(trace.results[6]!.hashes, [{ buffer: 4, crc32: crc32(whole) }]);
  });

  it('reports a protected buffer no more', async ({ link }) => {
    const page = link.hello.pageSize;
    const trace = await run(
      link,
      [area(page)],
      step('mprotect', [at(0), c(page), c(PROT_NONE)]),
      step('store', [at(0), c(1), c(1)]),
      step('mprotect', [at(0), c(page), c(PROT_READ | PROT_WRITE)]),
      step('store', [at(0), c(1), c(1)]),
      step('load', [at(0), c(1)]),
    );
    assert.equal(shorts(trace), ['done 0', fault, 'done 0', 'done 0', 'done 1']);
    assert.equal(trace.results.flatMap(changed), []);
  });
}
