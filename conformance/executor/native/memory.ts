/** Buffers, guard pages, patches, differences. */
import * as assert from 'uvu/assert';
import { crc32 } from '../../../schemas/protocol/crc32.ts';
import {
  area,
  at,
  type Build,
  c,
  changed,
  E,
  keep,
  run,
  SIGSEGV,
  type Suite,
  shorts,
  slot,
  step,
  text,
} from './kit.ts';

export function memoryTests(it: Suite, { abi }: Build): void {
  it('faults exactly at the edge of a buffer', async ({ link }) => {
    const trace = await run(
      link,
      [area(6), area(6, { align: 'start' }), area(4096, { align: 'start' })],
      step('load', [at(0, 5), c(1)]),
      step('load', [at(0, 6), c(1)]),
      step('store', [at(0, 3), c(4), c(-1)]),
      step('load', [at(1), c(1)]),
      step('load', [at(1, -1), c(1)]),
      step('load', [at(2, link.hello.pageSize), c(1)]),
      step('nop', []),
    );
    const fault = `fault -1 signal ${SIGSEGV}`;
    assert.equal(
      shorts(trace).filter((_, index) => index !== 2),
      ['done 0', fault, 'done 0', fault, fault, 'done 0'],
    );
    assert.is(trace.results[2]!.status, 'fault');
    assert.is(trace.end.status, 'complete');
  });

  it('keeps the access of buffers, also against the kernel, and fills them whatever it is', async ({
    link,
  }) => {
    const buffers = [
      text('/dev/zero'),
      area(8, { access: 'read', data: new Uint8Array([7]) }),
      area(8, { access: 'none' }),
      area(8, { access: 'hole' }),
    ];
    const fills = [1, 2].map(buffer => ({ buffer, offset: 0, bytes: new Uint8Array([9, 9]) }));
    const trace = await run(
      link,
      buffers,
      step('open', [at(0), c(0), c(0)], keep(0)),
      step('load', [at(1), c(1)]),
      step('nop', [], { fills, captures: [{ slot: 1, from: 'buffer', buffer: 2, offset: 1, width: 1 }] }),
      step('load', [at(1, 1), c(1)]),
      ...[1, 2, 3].map(buffer => step('read', [slot(0), at(buffer), c(8)])),
      ...[1, 2, 3].map(buffer => step('store', [at(buffer), c(1), c(1)])),
      ...[2, 3].map(buffer => step('load', [at(buffer), c(1)])),
      step('close', [slot(1, { add: 1000n })]),
    );
    const fault = `fault -1 signal ${SIGSEGV}`;
    const bad = `done -1 errno ${E.EFAULT}`;
    assert.equal(shorts(trace).slice(1), [
      'done 7',
      'done 0',
      'done 9',
      ...[bad, bad, bad],
      ...[fault, fault, fault, fault, fault],
      `done -1 errno ${E.EBADF}`,
    ]);
    assert.equal(trace.results.flatMap(changed), []);
  });

  it('patches pointers of 4 and 8 bytes, and computes with slots', async ({ link }) => {
    const wide = abi === 'i386' || abi === 'armhf' ? 4 : 8;
    const trace = await run(
      link,
      [area(16, { align: 'start' }), area(8, { data: new Uint8Array([0x11, 0x22, 0x33, 0x44]) })],
      step('nop', [], {
        patches: [{ buffer: 0, offset: 0, width: wide, value: at(1) }],
        captures: [{ slot: 0, from: 'buffer', buffer: 0, offset: 0, width: wide }],
      }),
      step('load', [slot(0), c(4)], keep(1)),
      step('nop', [], {
        patches: [
          { buffer: 0, offset: 8, width: 4, value: slot(0) },
          { buffer: 0, offset: 12, width: 4, value: slot(0, { shift: 32, mask: 0xffffffffn }) },
        ],
        captures: [{ slot: 2, from: 'buffer', buffer: 0, offset: 8, width: 8 }],
      }),
      step('load', [slot(2, { add: 1n }), c(2)]),
      step('store', [at(0), c(1), slot(1, { shift: 8, mask: 0xf0n, add: 0x105n })]),
      step('store', [at(0, 2), c(8), c(-2)]),
      step('load', [at(0, 2), c(8)]),
      step('load', [at(0), c(3)]),
    );
    assert.equal(shorts(trace), [
      'done 0',
      `done ${0x44332211}`,
      'done 0',
      `done ${0x3322}`,
      'done 0',
      'done 0',
      'done -2',
      `done -1 errno ${E.EINVAL}`,
    ]);
    // 0x332211 >> 8 & 0xf0 is 0x20 (0x3322 & 0xf0), and 0x105 more is 0x125, of which one byte is stored.
    assert.ok(changed(trace.results[4]!).join() === '0+0:25' || trace.results[4]!.diffs.length === 0);
    assert.equal(trace.results[0]!.diffs, [], 'a patch is no change');
  });

  it('merges changes that are closer than the gap', async ({ link }) => {
    const one = (offset: number) => step('store', [at(0, offset), c(1), c(1)]);
    const source = area(40, { data: new Uint8Array(40) });
    source.data.set([1], 0);
    source.data.set([1], 8);
    source.data.set([1], 17);
    const trace = await run(
      link,
      [area(40), text('/proc/self/mem'), source],
      one(3),
      one(3),
      step('open', [at(1), c(0), c(0)], keep(0)),
      // Reading our own memory is one call that changes several places at once.
      step('lseek', [slot(0), at(2), c(0)]),
      step('read', [slot(0), at(0), c(40)]),
    );
    assert.equal(changed(trace.results[0]!), ['0+3:01']);
    assert.equal(changed(trace.results[1]!), [], 'the same byte again is no change');
    // Byte 3 becomes 0 again; 0, 3 and 8 are closer than 8 unchanged bytes, 8 and 17 have just 8 between them.
    assert.equal(changed(trace.results[4]!), [`0+0:010000000000000001`, '0+17:01']);
  });

  it('reports a large buffer by its checksum', async ({ link }) => {
    const trace = await run(
      link,
      [area(10000), area(4096), area(4097)],
      step('store', [at(0, 9999), c(1), c(5)]),
      step('store', [at(1), c(1), c(5)]),
      step('store', [at(2), c(1), c(5)]),
      step('nop', []),
    );
    const content = new Uint8Array(10000);
    content[9999] = 5;
    assert.equal(trace.results[0]!.hashes, [{ buffer: 0, crc32: crc32(content) }]);
    assert.equal(changed(trace.results[1]!), ['1+0:05']);
    assert.is(trace.results[2]!.hashes.length, 1);
    assert.equal(trace.results[3]!.hashes, []);
  });

  it('maps, unmaps, and reads the mapping', async ({ link }) => {
    const trace = await run(
      link,
      [text('/dev/zero')],
      step('open', [at(0), c(2), c(0)], keep(0)),
      step('mmap', [c(0), c(8192), c(3), c(2), slot(0), c(0)], keep(1)),
      step('store', [slot(1), c(8), c(77)]),
      step('load', [slot(1), c(8)]),
      step('mmap', [c(0), c(4096), c(3), c(2), slot(0), c(0x123)]),
      step('mmap', [c(0), c(4096), c(3), c(2), c(-1), c(0)]),
      step('munmap', [slot(1), c(8192)]),
      step('load', [slot(1), c(8)]),
    );
    assert.ok(trace.results[1]!.ret > 0n);
    assert.equal(shorts(trace).slice(2), [
      'done 0',
      'done 77',
      `done -1 errno ${E.EINVAL}`,
      `done -1 errno ${E.EBADF}`,
      'done 0',
      `fault -1 signal ${SIGSEGV}`,
    ]);
  });
}
