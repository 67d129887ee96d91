import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { storesOf } from './stores.ts';

/** The bytes that the steps leave in memory that was something else. */
function played(length: number, stores: ReturnType<typeof storesOf>): Uint8Array {
  const memory = new Uint8Array(length).fill(0xee);
  for (const { op, offset, args } of stores) {
    const [width, value] = [Number(args[0]), BigInt(args[1]!)];
    for (let at = 0; at < width; at += 1)
      memory[offset + at] = Number(op === 'fill' ? value : (value >> BigInt(8 * at)) & 0xffn);
  }
  return memory;
}

test('stores and fills should leave exactly the bytes that were written', () => {
  for (const bytes of [
    Uint8Array.of(1),
    Uint8Array.from({ length: 15 }, (_, at) => 255 - at),
    new Uint8Array(4096).fill(7),
    Uint8Array.from({ length: 100 }, (_, at) => (at < 40 ? 0 : at)),
  ])
    assert.equal(played(bytes.length, storesOf(bytes)), bytes);
});

test('equal bytes should be one fill', () => {
  assert.equal(storesOf(new Uint8Array(4096)), [{ op: 'fill', offset: 0, args: [4096, 0] }]);
});

test.run();
