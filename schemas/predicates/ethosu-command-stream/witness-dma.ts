/** For every rule about DMA copies: a good copy, and the one change to it that breaks the rule. */
import type { Witness } from '../predicate.ts';
import { type Copy, StreamBuilder } from './build.ts';
import type { RegisterName } from './commands.ts';
import type { DmaSide } from './rules.ts';

const stream = (copy: Copy): Uint8Array => new StreamBuilder().copy(copy).stop().bytes();

const pair = (title: string, control: Copy, broken: Copy): Witness => ({
  title,
  control: stream(control),
  bytes: stream(broken),
});

/** The same copy with a register that is set, or not. */
function unset(title: string, register: RegisterName, value: bigint | number, rest: Registers): Witness {
  const make = (registers: Registers) => {
    const builder = new StreamBuilder();
    for (const [name, each] of registers) builder.set(name, each);
    return builder.operate('NPU_OP_DMA_START').stop().bytes();
  };
  return { title, control: make([[register, value], ...rest]), bytes: make(rest) };
}

type Registers = readonly (readonly [RegisterName, bigint | number])[];

const PLAIN: Registers = [
  ['NPU_SET_DMA0_SRC_REGION', 0],
  ['NPU_SET_DMA0_DST_REGION', 1],
  ['NPU_SET_DMA0_SRC', 0],
  ['NPU_SET_DMA0_DST', 0],
];
const INTERNAL: Registers = [
  ['NPU_SET_DMA0_SRC_REGION', 0x100],
  ['NPU_SET_DMA0_DST_REGION', 0x100],
];

/** The largest stride: 2^39 - 1. */
const FAR = (1n << 39n) - 1n;

/**
 * Three dimensions whose product is exactly 2^64 - 1 = 65535 * (65535 * row + rest): `row` includes the stride, `rest`
 * is the stride between planes. One less of that stride is 65535 less of the product.
 */
const MOST = 65535n;
const PLANE = ((1n << 64n) - 1n) / MOST;
const ROW = PLANE / MOST;
const REST = PLANE % MOST;

function sideWitnesses(side: DmaSide): [string, Witness[]][] {
  const mine = side === 'source' ? 'from' : 'to';
  const both = (value: bigint | number) => ({ from: 0, to: 0, [mine]: value });
  const name = side === 'source' ? 'SRC' : 'DST';
  const base = { from: { region: 0 }, to: { region: 1 }, length: 64 } as const;
  const rows = (by: number): Copy => ({ ...base, rows: { count: 4, ...both(by) } });
  const planes = (by: number): Copy => ({
    ...base,
    rows: { count: 4, from: 0, to: 0 },
    planes: { count: 2, ...both(by) },
  });
  const vast = (by: bigint): Copy => ({
    ...base,
    length: 1n << 32n,
    rows: { count: 65535, from: 0, to: 0 },
    planes: { count: 65535, ...both(by) },
  });
  // The other side has no stride between planes, so that it cannot be the one that is refused.
  const full = (less: bigint, place: Copy['from'] = { region: 2 }): Copy => ({
    from: 'internal',
    to: 'internal',
    [mine]: place,
    length: ROW,
    rows: { count: 65535, from: 0, to: 0 },
    planes: { count: 65535, ...both(REST - less) },
  });
  return [
    [
      `dma-${side}-rows`,
      [
        pair('the stride goes back one byte more than the length', rows(-64), rows(-65)),
        pair(
          'the stride goes back one byte, the length is 0',
          { ...rows(0), length: 0 },
          { ...rows(-1), length: 0 },
        ),
        unset('the stride is never set and the length is 0', `NPU_SET_DMA0_${name}_STRIDE0`, 0, [
          ['NPU_SET_DMA0_SRC_REGION', 1 << 9],
          ['NPU_SET_DMA0_DST_REGION', 1],
          ['NPU_SET_DMA0_SRC', 0],
          ['NPU_SET_DMA0_DST', 0],
          ['NPU_SET_DMA0_SIZE0', 1],
          ['NPU_SET_DMA0_LEN', 0],
          [side === 'source' ? 'NPU_SET_DMA0_DST_STRIDE0' : 'NPU_SET_DMA0_SRC_STRIDE0', 0],
        ]),
      ],
    ],
    [
      `dma-${side}-planes`,
      [pair('the stride goes back one byte more than a plane', planes(-256), planes(-257))],
    ],
    [
      `dma-${side}-volume`,
      [pair('2^32 bytes by 65535 by 65535 with the longest stride', vast(0n), vast(FAR))],
    ],
    [
      `dma-${side}-end`,
      [
        unset('the offset is never set', `NPU_SET_DMA0_${name}`, 0, [
          ...PLAIN.filter(([register]) => register !== `NPU_SET_DMA0_${name}`),
          ['NPU_SET_DMA0_LEN', 1],
        ]),
        pair(
          'offset plus bytes are 2^64',
          full(1n, { region: 2, offset: 65535 }),
          full(1n, { region: 2, offset: 65536 }),
        ),
      ],
    ],
    [
      `dma-${side}-all-ones`,
      [
        pair('in a region', full(1n), full(0n)),
        pair('in the chip', full(1n, 'internal'), full(0n, 'internal')),
      ],
    ],
  ];
}

export function dmaWitnesses(): [string, Witness[]][] {
  return [
    [
      'dma-length-set',
      [
        unset('between two regions', 'NPU_SET_DMA0_LEN', 64, PLAIN),
        unset('inside the chip', 'NPU_SET_DMA0_LEN', 64, INTERNAL),
        {
          title: 'nothing is set',
          control: new StreamBuilder().set('NPU_SET_DMA0_LEN', 0).operate('NPU_OP_DMA_START').stop().bytes(),
          bytes: new StreamBuilder().operate('NPU_OP_DMA_START').stop().bytes(),
        },
      ],
    ],
    ...sideWitnesses('source'),
    ...sideWitnesses('destination'),
  ];
}
