import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { storesOf } from './stores.ts';

/** The bytes that the steps leave in memory that was something else. */
function played(length: number, stores: ReturnType<typeof storesOf>): Uint8Array {
  const memory = new Uint8Array(length).fill(0xee);
  for (const stored of stores) {
    const { offset } = stored;
    if (stored.op === 'copy') memory.set(stored.bytes, offset);
    else if (stored.op === 'fill') memory.fill(stored.byte, offset, offset + stored.length);
    else
      for (let at = 0; at < stored.width; at += 1)
        memory[offset + at] = Number((stored.value >> BigInt(8 * at)) & 0xffn);
  }
  return memory;
}

test('stores, fills and copies should leave exactly the bytes that were written', () => {
  for (const bytes of [
    Uint8Array.of(1),
    Uint8Array.from({ length: 15 }, (_, at) => 255 - at),
    new Uint8Array(4096).fill(7),
    new Uint8Array(40),
    Uint8Array.from({ length: 100 }, (_, at) => (at < 40 ? 0 : at)),
    Uint8Array.from({ length: 3000 }, (_, at) => (at % 1000 < 300 ? 0 : at)),
  ])
    assert.equal(played(bytes.length, storesOf(bytes)), bytes);
});

test('a few bytes should be stores, equal ones a fill, and others one copy however many there are', () => {
  const ops = (bytes: Uint8Array) => storesOf(bytes).map(({ op }) => op);
  assert.equal(ops(Uint8Array.of(1, 2, 3, 4, 5)), ['store', 'store']);
  assert.equal(storesOf(new Uint8Array(4096)), [{ op: 'fill', offset: 0, length: 4096, byte: 0 }]);
  assert.equal(ops(new Uint8Array(20)), ['fill']);
  assert.equal(ops(Uint8Array.from({ length: 1 << 20 }, (_, at) => at * 7)), ['copy']);
  const holes = Uint8Array.from({ length: 3000 }, (_, at) => (at % 1000 < 300 ? 0 : at));
  assert.equal(ops(holes), ['fill', 'copy', 'fill', 'copy', 'fill', 'copy']);
});

test.run();
