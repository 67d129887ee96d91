/**
 * What the driver of Linux 7.3.4 lets pass although the hardware would reach beyond what was computed: the shortest
 * streams, each seen to be accepted by the stock arm64 driver, and as a job with one page for region 0, or none where
 * nothing is counted. A kernel that refuses one of
 * them looks closer than this description.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ethosuCommandStream } from './index.ts';

const U65 = 0x10006010n;
const U85 = 0x20008010n;

function reach(text: string, id: bigint): bigint | undefined {
  const words = text.split(' ').map(word => Number.parseInt(word, 16));
  const bytes = new Uint8Array(Uint32Array.from(words).buffer);
  return ethosuCommandStream.decide(bytes, () => id).properties.get('region_size.0');
}

const STREAMS: readonly (readonly [what: string, id: bigint, words: string, reach: bigint])[] = [
  // Row 65535 at stride -1 lies before row 0.
  ['a stride that is never set', U65, '0000011f 00004010 0000ffff 00040005 00000000', 1n],
  ['a stride that is never set', U85, '0000011f 01c00114 00004010 0000ffff 00040005 00000000', 1n],
  [
    'a tile other than that of the last element, at 2^40 - 1',
    U65,
    '0000011f 00000112 0000011a 00ff4010 ffffffff 00004011 00000000 00040005 00000000',
    1n,
  ],
  [
    'a tile other than that of the last element, at 2^40 - 1',
    U85,
    '0000011f 01c00114 00000112 0000011a 00ff4010 ffffffff 00004011 00000000 00040005 00000000',
    1n,
  ],
  [
    'the last seven of the eight bytes of an element at the end of a page',
    U65,
    '0000011f 01060114 00000111 00000112 00000113 00004010 00000fff 00040005 00000000',
    4096n,
  ],
  [
    'a DMA copy of 4096 bytes in 0 rows',
    U65,
    '00004032 00001000 02000130 00000131 00000132 00004030 00000000 00004031 00000000 00000010 00000000',
    0n,
  ],
  [
    'rows of 4096 bytes with a stride of -4096',
    U85,
    '00004032 00001000 02000130 00000131 00004030 00000000 00004031 00000000 00ff4033 fffff000 00ff4035 fffff000 00000010 00000000',
    0n,
  ],
  // IFM_BROADCAST is a register of U85; never set it means "in every dimension".
  [
    'the IFM of an elementwise operation beyond its first element',
    U65,
    '0000010f 00004000 00000000 0000011f 00000112 00004010 00000000 00000006 00000000',
    1n,
  ],
  [
    'the second weights, at 2^40 - 1',
    U65,
    '00000122 0000010f 00004000 00000000 00004005 00000000 00000111 00000112 0000011f 00004010 00000000 00000128 00004020 00000000 00004021 00000000 00ff4090 ffffffff 00004091 00001000 00000002 00000000',
    1n,
  ],
  [
    'the second scales, at 2^40 - 1',
    U65,
    '0000011f 00000114 00000111 00000112 00000113 00004010 00000000 00000129 00004022 00000000 00004023 00000000 00ff4092 ffffffff 00004093 00001000 00040005 00000000',
    1n,
  ],
  [
    'elements in a format that is none',
    U65,
    '0000011f 01800114 00000112 00004010 00000000 00040005 00000000',
    1n,
  ],
];

for (const [what, id, words, expected] of STREAMS)
  test(`${id === U65 ? 'u65' : 'u85'}: ${what}: not counted`, () => assert.is(reach(words, id), expected));

test.run();
