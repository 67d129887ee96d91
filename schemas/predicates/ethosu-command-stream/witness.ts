/** For every rule: good streams, and the one change to each that breaks the rule. */
import type { Witness } from '../predicate.ts';
import { assemble, type Instruction, StreamBuilder } from './build.ts';
import { type OperationName, type RegisterName, STORAGE_CHAINED, STORAGE_SHIFT } from './commands.ts';
import type { MapName } from './rules.ts';
import { dmaWitnesses } from './witness-dma.ts';

type List = readonly Instruction[];

const sets = (instruction: Instruction, register: RegisterName): boolean =>
  'register' in instruction && instruction.register === register;

const without = (list: List, register: RegisterName): List => list.filter(each => !sets(each, register));

const changed = (list: List, register: RegisterName, value: bigint | number): List =>
  list.map(each => (sets(each, register) ? { register, value: BigInt(value) } : each));

const pair = (title: string, control: List, broken: List): Witness => ({
  title,
  control: assemble(control),
  bytes: assemble(broken),
});

const neverSet = (list: List, register: RegisterName, when: string): Witness =>
  pair(`${when}: ${register} is never set`, list, without(list, register));

const setTo = (list: List, register: RegisterName, value: number, when: string): Witness =>
  pair(`${when}: ${register} is 0x${value.toString(16)}`, list, changed(list, register, value));

const STRIDES = { x: 16, y: 256, c: 64 };

/** Everything that any operation needs, each map in a region of its own, then the operation. */
function operation(name: OperationName, parameter = 0, storage = 0): List {
  const stream = new StreamBuilder();
  stream.set('NPU_SET_KERNEL_WIDTH_M1', 2).set('NPU_SET_KERNEL_HEIGHT_M1', 2).set('NPU_SET_KERNEL_STRIDE', 0);
  stream.set('NPU_SET_IFM_PAD_TOP', 1).set('NPU_SET_IFM_PAD_BOTTOM', 1);
  stream.set('NPU_SET_IFM_PAD_LEFT', 1).set('NPU_SET_IFM_PAD_RIGHT', 1);
  stream.set('NPU_SET_IFM_DEPTH_M1', 15);
  stream.set('NPU_SET_IFM_BROADCAST', 0).set('NPU_SET_IFM2_BROADCAST', 0);
  stream.set('NPU_SET_OFM_WIDTH_M1', 7).set('NPU_SET_OFM_HEIGHT_M1', 7).set('NPU_SET_OFM_DEPTH_M1', 15);
  const bases = [0, 0x1000, 0x2000, 0x3000];
  stream.map('IFM', { region: 0, bases, strides: STRIDES, storage });
  stream.map('IFM2', { region: 3, bases, strides: STRIDES, storage });
  stream.map('OFM', { region: 1, bases, strides: STRIDES, storage });
  stream.buffer('WEIGHT', 4, 0x40, 0x80).buffer('SCALE', 5, 0x40, 0x80);
  return stream.operate(name, parameter).stop().instructions();
}

const CONV = operation('NPU_OP_CONV');
const POOL = operation('NPU_OP_POOL');
const ELEMENTWISE = operation('NPU_OP_ELEMENTWISE');
const CONV_IFM2 = operation('NPU_OP_CONV', 1);

/** The operations that use each of the maps. */
const USERS = {
  ifm: [
    [CONV, 'a convolution'],
    [operation('NPU_OP_DEPTHWISE'), 'a depthwise convolution'],
    [POOL, 'pooling'],
    [ELEMENTWISE, 'an elementwise operation'],
  ],
  ifm2: [
    [ELEMENTWISE, 'an elementwise operation'],
    [CONV_IFM2, 'a convolution with weights from the IFM2'],
  ],
  ofm: [
    [CONV, 'a convolution'],
    [POOL, 'pooling'],
    [operation('NPU_OP_POOL', 4), 'pooling without an IFM'],
    [ELEMENTWISE, 'an elementwise operation'],
    [operation('NPU_OP_ELEMENTWISE', 5), 'an elementwise operation with one operand'],
  ],
} as const satisfies Record<MapName, readonly (readonly [List, string])[]>;

const registerName = (map: MapName) => map.toUpperCase() as 'IFM' | 'IFM2' | 'OFM';

/** The last element is put in each tile in turn; that tile's base is never set. */
function tileWitnesses(key: MapName, u65: boolean): Witness[] {
  const name = registerName(key);
  const tiled = (list: List, width0: number, height0: number, height1: number): List =>
    changed(
      changed(changed(list, `NPU_SET_${name}_WIDTH0_M1`, width0), `NPU_SET_${name}_HEIGHT0_M1`, height0),
      `NPU_SET_${name}_HEIGHT1_M1`,
      height1,
    );
  const grid = (tile: 0 | 1 | 2 | 3): Witness => {
    const list = tiled(ELEMENTWISE, tile & 1 ? 3 : 99, tile & 2 ? 3 : 99, tile & 2 ? 3 : 99);
    return neverSet(list, `NPU_SET_${name}_BASE${tile}`, `the last element is in tile ${tile} of two by two`);
  };
  const stacked = (tile: 0 | 1 | 2): Witness => {
    const list = tiled(operation('NPU_OP_ELEMENTWISE', 0, 1), 99, tile === 0 ? 99 : 3, tile === 2 ? 5 : 99);
    return neverSet(list, `NPU_SET_${name}_BASE${tile}`, `the last element is in tile ${tile} of three`);
  };
  return [
    ...USERS[key].map(([list, when]) => neverSet(list, `NPU_SET_${name}_BASE0`, when)),
    ...([0, 1, 2, 3] as const).map(grid),
    ...(u65 ? [] : ([0, 1, 2] as const).map(stacked)),
  ];
}

/** Row 1 at base 0 with no stride: the driver's -1 for "never set" gives address 2^64 - 1. */
function endWitness(key: MapName): Witness {
  const name = registerName(key);
  let list = changed(ELEMENTWISE, 'NPU_SET_OFM_WIDTH_M1', 0);
  list = changed(changed(list, 'NPU_SET_OFM_HEIGHT_M1', 1), 'NPU_SET_OFM_DEPTH_M1', 0);
  return neverSet(list, `NPU_SET_${name}_STRIDE_Y`, 'the last element is in row 1 and the base is 0');
}

function storageWitnesses(key: MapName): Witness[] {
  const name = registerName(key);
  const register = `NPU_SET_${name}_PRECISION` as const;
  return USERS[key].flatMap(([list, when]) => [
    setTo(list, register, 3 << STORAGE_SHIFT, when),
    neverSet(list, register, when),
  ]);
}

function mapWitnesses(key: MapName, u65: boolean): [string, Witness[]][] {
  const register = `NPU_SET_${registerName(key)}_REGION` as const;
  const chained = operation('NPU_OP_ELEMENTWISE', 0, STORAGE_CHAINED);
  return [
    [
      `${key}-region-set`,
      [
        ...USERS[key].map(([list, when]) => neverSet(list, register, when)),
        // Asked for although a chained map lies in no region.
        ...(u65 ? [] : [neverSet(chained, register, 'chained')]),
      ],
    ],
    [`${key}-storage`, u65 ? [] : storageWitnesses(key)],
    [`${key}-tile-base-set`, tileWitnesses(key, u65)],
    [`${key}-end`, [endWitness(key)]],
  ];
}

function bufferWitnesses(name: 'WEIGHT' | 'SCALE'): [string, Witness[]][] {
  const key = name.toLowerCase();
  const lists: readonly (readonly [List, string])[] =
    name === 'WEIGHT'
      ? [
          [CONV, 'a convolution'],
          [operation('NPU_OP_DEPTHWISE'), 'a depthwise convolution'],
        ]
      : [
          [CONV, 'a convolution'],
          [CONV_IFM2, 'a convolution with weights from the IFM2'],
          [POOL, 'pooling'],
        ];
  const each = (register: RegisterName) => lists.map(([list, when]) => neverSet(list, register, when));
  return [
    [`${key}-region-set`, each(`NPU_SET_${name}_REGION`)],
    [`${key}-base-set`, each(`NPU_SET_${name}_BASE`)],
    [
      `${key}-length-set`,
      [
        ...each(`NPU_SET_${name}_LENGTH`),
        ...lists.map(([list, when]) => setTo(list, `NPU_SET_${name}_LENGTH`, 0xffff_ffff, when)),
      ],
    ],
  ];
}

function kernelWitnesses(): [string, Witness[]][] {
  const lists = [
    [CONV, 'a convolution'],
    [POOL, 'pooling'],
  ] as const;
  const padding = (size: RegisterName, first: RegisterName, second: RegisterName) =>
    lists.flatMap(([list, when]) => {
      // Rows or columns 0 of the OFM, a kernel of 3, padding of 1 and 1: exactly as much as is read.
      const tight = changed(list, size, 0);
      return [
        setTo(tight, second, 2, when),
        setTo(tight, first, 2, when),
        // Seven bits count of the first, eight of the second.
        pair(`${when}: ${first} is 0xff7f`, changed(tight, first, 0xff80), changed(tight, first, 0xff7f)),
        pair(`${when}: ${second} is 0xff80`, changed(tight, second, 0xff00), changed(tight, second, 0xff80)),
        neverSet(tight, first, when),
        neverSet(tight, second, when),
      ];
    });
  return [
    [
      'kernel-stride-set',
      lists.flatMap(([list, when]) => [
        neverSet(list, 'NPU_SET_KERNEL_STRIDE', when),
        pair(
          `${when}: NPU_SET_KERNEL_STRIDE is 0xffff`,
          changed(list, 'NPU_SET_KERNEL_STRIDE', 0xfffe),
          changed(list, 'NPU_SET_KERNEL_STRIDE', 0xffff),
        ),
      ]),
    ],
    ['ifm-height', padding('NPU_SET_OFM_HEIGHT_M1', 'NPU_SET_IFM_PAD_TOP', 'NPU_SET_IFM_PAD_BOTTOM')],
    ['ifm-width', padding('NPU_SET_OFM_WIDTH_M1', 'NPU_SET_IFM_PAD_LEFT', 'NPU_SET_IFM_PAD_RIGHT')],
  ];
}

function streamWitnesses(): [string, Witness[]][] {
  const stop: Instruction = { operation: 'NPU_OP_STOP', parameter: 0 };
  const words = (...list: number[]): Instruction => ({ words: list });
  const copy = new StreamBuilder().copy({ from: { region: 0 }, to: { region: 1 }, length: 64 });
  const work = copy.instructions();
  return [
    [
      'whole-commands',
      [
        pair('the last word is the first of NPU_SET_DMA0_SRC', [...work, stop], [...work, words(0x4030)]),
        pair('the only word is the first of NPU_SET_IFM_BASE0', [stop], [words(0x4000)]),
        pair('the last word is the first of a command unknown to the driver', [stop], [words(0xffff)]),
      ],
    ],
    [
      'stop-is-last',
      [
        pair('there are two', [...work, stop], [...work, stop, stop]),
        pair('one stands before the work', [...work, stop], [stop, ...work, stop]),
        pair('with a parameter, in the middle', [...work, stop], [...work, words(0xabcd_0000), stop]),
      ],
    ],
    [
      'stop-present',
      [
        pair('there is none', [...work, stop], work),
        { title: 'the stream has no whole word', control: new Uint8Array(4), bytes: new Uint8Array(3) },
        pair('the last zero word is the second of a command', [stop], [words(0x4030, 0)]),
        pair('bit 15 is set in the last command', [stop], [words(0x8000)]),
      ],
    ],
    [
      'no-resize',
      [
        pair('nothing is set', [stop], [{ operation: 'NPU_OP_RESIZE', parameter: 0 }, stop]),
        pair('in place of a convolution', CONV, operation('NPU_OP_RESIZE')),
      ],
    ],
  ];
}

/** Every rule with its witnesses; none where the generation cannot break the rule. */
export function witnesses(u65: boolean): ReadonlyMap<string, readonly Witness[]> {
  return new Map<string, readonly Witness[]>([
    ...streamWitnesses(),
    ...dmaWitnesses(),
    ...kernelWitnesses(),
    ...mapWitnesses('ifm', u65),
    ...mapWitnesses('ifm2', u65),
    ...bufferWitnesses('WEIGHT'),
    ...bufferWitnesses('SCALE'),
    ...mapWitnesses('ofm', u65),
  ]);
}
