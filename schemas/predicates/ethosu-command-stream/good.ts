/**
 * Streams that keep every rule, in many shapes. They also keep to what hardware and compiler expect where the driver
 * does not look - counts above 0, every register set, no interrupt, weights from the IFM2 on U85 alone - so that a
 * driver that looks closer takes them too.
 */
import { type FeatureMap, StreamBuilder } from './build.ts';
import { NO_SCALE_BUFFER, SCALAR, SCALAR_U65, STORAGE_CHAINED, UNARY } from './commands.ts';
import { REGIONS } from './reach.ts';

type Choose = (count: number) => number;

/** Commands that the driver passes unread: waits, counter mask, activation, three scales in the stream. */
const UNREAD: readonly (readonly number[])[] = [
  [0x0011],
  [0x0012],
  [0x0013],
  [0x0025_0125],
  [0x4024, 0x4000_0000],
  [0x0007_4025, 0],
  [0x4026, 1],
];

/** Half of the good streams are small enough that ordinary buffers hold what they reach. */
interface Maker {
  readonly stream: StreamBuilder;
  readonly choose: Choose;
  readonly u65: boolean;
  readonly small: boolean;
}

const pick = <T>(choose: Choose, list: readonly T[]): T => list[choose(list.length)]!;
const chance = (choose: Choose, oneIn: number): boolean => choose(oneIn) === 0;

const SMALL = [0n, 1n, 16n, 64n, 256n, 1000n, 4095n, 4096n] as const;
const LARGE = [...SMALL, 0x10_0000n, 0xffff_ffffn, 0x1_0000_0000n, 0xff_ffff_fff0n, 0xff_ffff_ffffn] as const;
const amount = ({ choose, small }: Maker): bigint => pick(choose, small ? SMALL : LARGE);

const SIZES = [0, 1, 2, 7, 15, 16, 31] as const;
const LARGE_SIZES = [...SIZES, 255, 4095, 65535] as const;
const size = ({ choose, small }: Maker): number => pick(choose, small ? SIZES : LARGE_SIZES);

const region = ({ choose }: Maker): number => choose(REGIONS);

function copy(maker: Maker, from = region(maker), to = region(maker)): void {
  const { choose, stream } = maker;
  const place = (number: number) =>
    chance(choose, 8) ? ('internal' as const) : { region: number, offset: amount(maker) };
  const length = amount(maker);
  // A stride may go back as far as the row or the plane is long; three large dimensions would leave 64 bits.
  const stride = (back: bigint): bigint =>
    pick(
      choose,
      [0n, 16n, 4096n, -back, -(back / 2n)].filter(each => each >= -(1n << 39n)),
    );
  const count = () => pick(choose, [1, 2, 16, 255]);
  const dimensions = choose(3);
  if (dimensions === 0) {
    stream.copy({ from: place(from), to: place(to), length });
    return;
  }
  const rows = { count: count(), from: stride(length), to: stride(length) };
  if (dimensions === 1) {
    stream.copy({ from: place(from), to: place(to), length, rows });
    return;
  }
  const plane = (by: bigint): bigint => (length + by) * BigInt(rows.count);
  const planes = { count: count(), from: stride(plane(rows.from)), to: stride(plane(rows.to)) };
  stream.copy({ from: place(from), to: place(to), length, rows, planes });
}

function everyRegion(maker: Maker): void {
  for (let number = 0; number < REGIONS; number++) copy(maker, number, REGIONS - 1 - number);
}

function map(maker: Maker, precision = 0): FeatureMap {
  const { choose, u65 } = maker;
  const tiled = chance(choose, 2);
  // On U65 these bits mean something else and are not looked at.
  const storage = u65 ? choose(4) : pick(choose, [0, 0, 1, 1, STORAGE_CHAINED]);
  // A chained map lies in no region; one in a single tile has one base, and only a large one can leave that tile.
  const bases = !u65 && storage === STORAGE_CHAINED ? 0 : tiled || !maker.small ? 4 : 1;
  return {
    region: region(maker),
    bases: Array.from({ length: bases }, () => amount(maker)),
    ...(tiled ? { tile: { width0: size(maker), height0: size(maker), height1: size(maker) } } : {}),
    strides: { x: amount(maker), y: amount(maker), c: amount(maker) },
    format: pick(choose, ['nhwc', 'nhcwb16']),
    elementBits: choose(4) as 0 | 1 | 2 | 3,
    storage,
    precision,
  };
}

function output(maker: Maker): { scaled: boolean } {
  const { choose, stream } = maker;
  const scaled = chance(choose, 2);
  stream.map('OFM', map(maker, scaled ? 0 : NO_SCALE_BUFFER));
  stream.set('NPU_SET_OFM_WIDTH_M1', size(maker));
  stream.set('NPU_SET_OFM_HEIGHT_M1', size(maker));
  stream.set('NPU_SET_OFM_DEPTH_M1', size(maker));
  return { scaled };
}

/** Kernel and padding: no more padding than the kernel covers. */
function kernel(maker: Maker): void {
  const { choose, stream } = maker;
  const [width, height] = [choose(8), choose(8)];
  const [left, top] = [choose(width + 1), choose(height + 1)];
  stream.set('NPU_SET_KERNEL_WIDTH_M1', width).set('NPU_SET_KERNEL_HEIGHT_M1', height);
  // Bits 0, 1, 6 and 9 are the strides; 2 and up hold dilation and traversal.
  stream.set('NPU_SET_KERNEL_STRIDE', pick(choose, [0x0, 0x1, 0x2, 0x3, 0x43, 0x203, 0x243, 0x1f, 0x3ff]));
  stream.set('NPU_SET_IFM_PAD_LEFT', left).set('NPU_SET_IFM_PAD_RIGHT', choose(width - left + 1));
  stream.set('NPU_SET_IFM_PAD_TOP', top).set('NPU_SET_IFM_PAD_BOTTOM', choose(height - top + 1));
  stream.set('NPU_SET_IFM_DEPTH_M1', size(maker));
}

const length = (maker: Maker): bigint => (amount(maker) & 0xffff_ffffn) % 0xffff_ffffn;

function withScale(maker: Maker): void {
  if (output(maker).scaled) maker.stream.buffer('SCALE', region(maker), amount(maker), length(maker));
}

function convolution(maker: Maker): void {
  const { choose, stream, u65 } = maker;
  kernel(maker);
  stream.map('IFM', map(maker));
  withScale(maker);
  if (!u65 && chance(choose, 3)) {
    stream.map('IFM2', map(maker)).operate('NPU_OP_CONV', 1);
    return;
  }
  stream.buffer('WEIGHT', region(maker), amount(maker), length(maker));
  stream.operate(pick(choose, ['NPU_OP_CONV', 'NPU_OP_DEPTHWISE']));
}

function pool(maker: Maker): void {
  kernel(maker);
  maker.stream.map('IFM', map(maker));
  withScale(maker);
  // Maximum, average, sum of the row; 4 makes its result from nothing.
  maker.stream.operate('NPU_OP_POOL', pick(maker.choose, [0, 1, 2, 4]));
}

function elementwise(maker: Maker): void {
  const { choose, stream, u65 } = maker;
  const scalar = u65 ? SCALAR_U65 : SCALAR;
  output(maker);
  stream.set('NPU_SET_IFM_DEPTH_M1', size(maker));
  stream.set('NPU_SET_IFM_BROADCAST', pick(choose, [0, 1, 2, 4, 7, SCALAR]));
  stream.map('IFM', map(maker));
  const operation = pick(choose, [0, 1, 2, 3, 4, 8, 9, ...UNARY]);
  stream.set('NPU_SET_IFM2_BROADCAST', pick(choose, [0, 1, 2, 3, 4, 5, 6, 7, scalar]));
  stream.map('IFM2', map(maker));
  stream.operate('NPU_OP_ELEMENTWISE', operation);
}

const SHAPES = [copy, convolution, pool, elementwise, everyRegion] as const;

/** A stream that keeps every rule; `choose(n)` gives 0 to n - 1. */
export function good(u65: boolean, choose: Choose): Uint8Array {
  const stream = new StreamBuilder();
  const maker: Maker = { stream, choose, u65, small: chance(choose, 2) };
  const count = pick(choose, [0, 1, 1, 2, 3, 5, 120]);
  for (let each = 0; each < count; each++) {
    pick(choose, SHAPES)(maker);
    if (chance(choose, 3)) stream.words(...pick(choose, UNREAD));
  }
  stream.stop();
  const bytes = stream.bytes();
  if (!chance(choose, 16)) return bytes;
  // Bytes after the last whole word are not read.
  const longer = new Uint8Array(bytes.length + 1 + choose(3)).fill(0xff);
  longer.set(bytes);
  return longer;
}
