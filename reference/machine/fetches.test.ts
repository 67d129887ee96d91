import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Fetches } from './fetches.ts';

const memory = Uint8Array.from({ length: 64 }, (_, at) => at);

function counted(): { fetches: Fetches; reads: [bigint, number][] } {
  const reads: [bigint, number][] = [];
  const fetches = new Fetches((address, length) => {
    reads.push([address, length]);
    return memory.slice(Number(address), Number(address) + length);
  });
  return { fetches, reads };
}

test('what was read before should come from the copy, also in part', () => {
  const { fetches, reads } = counted();
  fetches.read(8n, 8);
  assert.equal([...fetches.read(4n, 16)], [...memory.slice(4, 20)]);
  assert.equal([...fetches.read(6n, 4)], [...memory.slice(6, 10)]);
  assert.equal(reads, [
    [8n, 8],
    [4n, 4],
    [16n, 4],
  ]);
  assert.is(fetches.again, 0);
});

test('a copy should stay what it was when the memory changes', () => {
  const bytes = Uint8Array.of(1, 2);
  const fetches = new Fetches((address, length) => bytes.slice(Number(address), Number(address) + length));
  fetches.read(0n, 2);
  bytes.fill(9);
  assert.equal([...fetches.read(0n, 2)], [1, 2]);
});

test('a careless call should read again, and every byte of it should be counted', () => {
  const { fetches, reads } = counted();
  fetches.careless = true;
  fetches.read(8n, 8);
  fetches.read(12n, 8);
  fetches.read(30n, 2);
  assert.is(fetches.again, 4);
  assert.is(reads.length, 4);
});

test.run();
