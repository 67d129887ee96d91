import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AddressSpace, MemoryFault } from './address-space.ts';

function space(): AddressSpace {
  const memory = new AddressSpace();
  memory.map({ base: 0x1000n, bytes: new Uint8Array(16), readable: true, writable: true });
  memory.map({ base: 0x1010n, bytes: new Uint8Array(16).fill(7), readable: true, writable: false });
  return memory;
}

test('bytes should be read across regions that touch, and not beyond', () => {
  const memory = space();
  memory.write(0x100cn, Uint8Array.of(1, 2, 3, 4));
  assert.equal([...memory.read(0x100en, 4)], [3, 4, 7, 7]);
  assert.is(memory.readable(0x1000n, 32n), true);
  assert.is(memory.readable(0x1000n, 33n), false);
  assert.throws(
    () => memory.read(0x101fn, 2),
    (error: Error) => error instanceof MemoryFault && error.address === 0x1020n,
  );
});

test('a write should stop at the first byte that cannot be written and keep what it wrote', () => {
  const memory = space();
  assert.is(memory.writable(0x1000n, 16n), true);
  assert.is(memory.writable(0x1000n, 17n), false);
  assert.throws(
    () => memory.write(0x100en, Uint8Array.of(9, 9, 9)),
    (error: Error) => error instanceof MemoryFault,
  );
  assert.equal([...memory.read(0x100en, 3)], [9, 9, 7]);
});

test('an access of no bytes should be allowed anywhere, and one that wraps nowhere', () => {
  const memory = space();
  assert.is(memory.readable(0xdead_0000n, 0n), true);
  assert.is(memory.readable(0xffff_ffff_ffff_ffffn, 2n), false);
});

test('what is unmapped should fault', () => {
  const memory = space();
  assert.is(memory.unmap(0x1000n, 0x10n).length, 1);
  assert.is(memory.readable(0x1000n, 1n), false);
  assert.is(memory.readable(0x1010n, 1n), true);
});

test('a part of a region should be unmapped and protected for itself, and tell of the whole when written', () => {
  const memory = new AddressSpace();
  const bytes = new Uint8Array(48);
  const told: Uint8Array[] = [];
  memory.onWrite = area => told.push(area);
  memory.map({ base: 0x1000n, bytes, readable: true, writable: true });
  assert.is(memory.protect(0x1010n, 0x10n, { readable: true, writable: false }), true);
  assert.is(memory.writable(0x1000n, 0x11n), false);
  assert.is(memory.readable(0x1000n, 0x30n), true);
  memory.write(0x1020n, Uint8Array.of(5));
  assert.is(bytes[32], 5);
  assert.ok(told[0] === bytes);
  memory.unmap(0x1008n, 0x10n);
  assert.equal(
    [0x1007n, 0x1008n, 0x1017n, 0x1018n].map(address => memory.readable(address, 1n)),
    [true, false, false, true],
  );
  assert.is(memory.mapped(0x1018n, 0x18n), true);
  assert.is(memory.protect(0x1000n, 0x30n, { readable: true, writable: true }), false, 'with a gap in it');
});

test('a fill should store up to the first byte that cannot be written', () => {
  const memory = space();
  assert.throws(
    () => memory.fill(0x1008n, 16, 3),
    (error: Error) => error instanceof MemoryFault,
  );
  assert.equal([...memory.read(0x1006n, 12)], [0, 0, 3, 3, 3, 3, 3, 3, 3, 3, 7, 7]);
});

test.run();
