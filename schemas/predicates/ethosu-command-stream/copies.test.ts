import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { StreamBuilder } from './build.ts';
import { plainCopies } from './copies.ts';

const place = (region: number, offset: number) => ({ region, offset });

test('copies of one dimension between regions should be told in their order', () => {
  const stream = new StreamBuilder()
    .copy({ from: place(0, 16), to: place(1, 32), length: 64 })
    .copy({ from: place(1, 0), to: place(3, 8), length: 4 })
    .operate('NPU_OP_STOP')
    .bytes();
  assert.equal(plainCopies(stream), [
    { from: { region: 0, offset: 16n }, to: { region: 1, offset: 32n }, length: 64n },
    { from: { region: 1, offset: 0n }, to: { region: 3, offset: 8n }, length: 4n },
  ]);
});

test('copies of rows, and from or to the memory of the chip, should be left out', () => {
  const rows = { count: 2, from: 4, to: 4 };
  const stream = new StreamBuilder()
    .copy({ from: place(0, 0), to: place(1, 0), length: 64, rows })
    .copy({ from: 'internal', to: place(1, 0), length: 64 })
    .copy({ from: place(0, 0), to: 'internal', length: 64 })
    .operate('NPU_OP_STOP')
    .bytes();
  assert.equal(plainCopies(stream), []);
});

test('a copy that never had a length should be left out', () => {
  const stream = new StreamBuilder()
    .set('NPU_SET_DMA0_SRC_REGION', 0)
    .set('NPU_SET_DMA0_DST_REGION', 1)
    .operate('NPU_OP_DMA_START')
    .operate('NPU_OP_STOP')
    .bytes();
  assert.equal(plainCopies(stream), []);
});

test.run();
