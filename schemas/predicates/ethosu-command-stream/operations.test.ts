/** What each operation reaches, computed by hand from the driver's source, and what was never set counts as. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ethosuCommandStream, type FeatureMap, type OperationName, StreamBuilder } from './index.ts';

const U65 = 0x10006010n;
const U85 = 0x20008010n;
const BOTH = [U65, U85];
const FAR = (1n << 64n) - 1n;

const decide = (stream: StreamBuilder, id: bigint) => ethosuCommandStream.decide(stream.bytes(), () => id);

/** The bytes that a stream, to which STOP is added, needs of one region; or the rule that it breaks. */
function size(stream: StreamBuilder, region: number, id: bigint = U65): bigint | string {
  const { broken, properties } = decide(stream.stop(), id);
  return broken ?? properties.get(`region_size.${region}`)!;
}

const STRIDES = { x: 0x100, y: 0x1_0000, c: 0x100_0000 };
const at = (region: number, more: Partial<FeatureMap> = {}): FeatureMap => ({
  region,
  bases: [0, 0, 0, 0],
  strides: STRIDES,
  ...more,
});

/** IFM in region 0, IFM2 in 1, OFM in 2, weights in 3, scales in 4; OFM of 6 x 4 x 3 elements, kernel of 3 x 2. */
function prepared(): StreamBuilder {
  const stream = new StreamBuilder();
  stream.map('IFM', at(0)).map('IFM2', at(1)).map('OFM', at(2));
  stream.buffer('WEIGHT', 3, 0x40, 0x80).buffer('SCALE', 4, 0x20, 0x30);
  stream.set('NPU_SET_OFM_WIDTH_M1', 5).set('NPU_SET_OFM_HEIGHT_M1', 3).set('NPU_SET_OFM_DEPTH_M1', 2);
  stream.set('NPU_SET_KERNEL_WIDTH_M1', 2).set('NPU_SET_KERNEL_HEIGHT_M1', 1).set('NPU_SET_KERNEL_STRIDE', 0);
  stream.set('NPU_SET_IFM_PAD_LEFT', 0).set('NPU_SET_IFM_PAD_RIGHT', 0);
  stream.set('NPU_SET_IFM_PAD_TOP', 0).set('NPU_SET_IFM_PAD_BOTTOM', 0);
  stream.set('NPU_SET_IFM_DEPTH_M1', 9);
  return stream.set('NPU_SET_IFM_BROADCAST', 0).set('NPU_SET_IFM2_BROADCAST', 0);
}

const place = (x: number, y: number, rest: number): bigint => BigInt(y * 0x1_0000 + x * 0x100 + rest + 1);

test('each operation reaches what it uses', () => {
  const used = (operation: OperationName, parameter: number, precision = 0) => {
    const stream = prepared().map('OFM', at(2, { precision })).operate(operation, parameter).stop();
    const { properties } = decide(stream, U65);
    return [0, 1, 2, 3, 4].filter(region => properties.get(`region_size.${region}`)! > 0n).join('');
  };
  for (const operation of ['NPU_OP_CONV', 'NPU_OP_DEPTHWISE'] as const) {
    assert.is(used(operation, 0), '0234');
    assert.is(used(operation, 1), '0124');
    // Bit 0 alone decides where the weights are.
    assert.is(used(operation, 0xfffe), '0234');
    assert.is(used(operation, 0xffff), '0124');
    assert.is(used(operation, 0, 0x100), '023');
  }
  for (const parameter of [0, 1, 2, 3, 5, 0x104]) assert.is(used('NPU_OP_POOL', parameter), '024');
  assert.is(used('NPU_OP_POOL', 4), '24');
  assert.is(used('NPU_OP_POOL', 4, 0x100), '2');
  assert.is(used('NPU_OP_ELEMENTWISE', 0), '012');
  for (const parameter of [5, 6, 7, 0x24]) assert.is(used('NPU_OP_ELEMENTWISE', parameter), '02');
  assert.is(used('NPU_OP_ELEMENTWISE', 0x105), '012');
});

test('weights and scales reach base plus length, of which 32 bits count', () => {
  assert.is(size(prepared().operate('NPU_OP_CONV'), 3), 0xc0n);
  assert.is(size(prepared().operate('NPU_OP_CONV'), 4), 0x50n);
  const far = prepared()
    .set('NPU_SET_WEIGHT_BASE', 0xff_ffff_ffffn)
    .set('NPU_SET_WEIGHT_LENGTH', 0xffff_fffen);
  assert.is(size(far.operate('NPU_OP_CONV'), 3), 0xff_ffff_ffffn + 0xffff_fffen);
  const long = prepared().set('NPU_SET_SCALE_LENGTH', 0x12_0000_0001n);
  assert.is(size(long.operate('NPU_OP_CONV'), 4), 0x21n);
});

test('the kernel, its stride and the padding decide how far the IFM is read', () => {
  const read = (stride: number, pads: readonly [number, number, number, number] = [0, 0, 0, 0]) => {
    const stream = prepared().set('NPU_SET_KERNEL_STRIDE', stride);
    stream.set('NPU_SET_IFM_PAD_LEFT', pads[0]).set('NPU_SET_IFM_PAD_RIGHT', pads[1]);
    stream.set('NPU_SET_IFM_PAD_TOP', pads[2]).set('NPU_SET_IFM_PAD_BOTTOM', pads[3]);
    return size(stream.operate('NPU_OP_CONV'), 0);
  };
  assert.is(read(0x000), place(5 + 2, 3 + 1, 9));
  assert.is(read(0x001), place(5 * 2 + 2, 3 + 1, 9));
  assert.is(read(0x002), place(5 + 2, 3 * 2 + 1, 9));
  assert.is(read(0x040), place(5 * 3 + 2, 3 + 1, 9));
  assert.is(read(0x041), place(5 * 4 + 2, 3 + 1, 9));
  assert.is(read(0x200), place(5 + 2, 3 * 3 + 1, 9));
  assert.is(read(0x202), place(5 + 2, 3 * 4 + 1, 9));
  // No other bit is a stride.
  assert.is(read(0xfdbc), place(5 + 2, 3 + 1, 9));
  assert.is(read(0, [1, 2, 3, 1]), place(5 + 2 - 3, 3 + 1 - 4, 9));
  assert.is(read(0, [7, 0, 0, 0]), place(0, 4, 9));
  assert.is(read(0, [8, 0, 0, 0]), 'ifm-width');
  assert.is(read(0, [0, 0, 2, 3]), 'ifm-height');
});

test('a convolution takes the IFM depth for the width of its second input', () => {
  assert.is(size(prepared().operate('NPU_OP_CONV', 1), 1), place(9, 0, 2));
});

test('the bytes of an element stand in other bits of the OFM', () => {
  const stream = prepared()
    .map('IFM', at(0, { precision: 0b1010 }))
    .map('OFM', at(2, { precision: 0b1010 }));
  stream.operate('NPU_OP_CONV').stop();
  const { properties } = decide(stream, U65);
  assert.is(properties.get('region_size.0'), place(7, 4, 9 * 4));
  assert.is(properties.get('region_size.2'), place(5, 3, 2 * 2));
});

test('three tiles: the last row of the second belongs to the second', () => {
  const tile = { width0: 0, height0: 1, height1: 3 };
  const list = (height: number) =>
    prepared()
      .map('OFM', at(2, { bases: [0, 0x1000_0000, 0x2000_0000], tile, storage: 1 }))
      .set('NPU_SET_OFM_HEIGHT_M1', height)
      .operate('NPU_OP_CONV');
  assert.is(size(list(1), 2, U85), place(5, 1, 2));
  assert.is(size(list(3), 2, U85), 0x1000_0000n + place(5, 1, 2));
  assert.is(size(list(4), 2, U85), 0x2000_0000n + place(5, 0, 2));
});

test('a scalar is exactly 8 for the IFM, and on U85 for the IFM2', () => {
  const used = (ifm: number, ifm2: number, id: bigint) => {
    const stream = prepared().set('NPU_SET_IFM_BROADCAST', ifm).set('NPU_SET_IFM2_BROADCAST', ifm2);
    const { properties } = decide(stream.operate('NPU_OP_ELEMENTWISE').stop(), id);
    return [properties.get('region_size.0'), properties.get('region_size.1')];
  };
  assert.equal(used(9, 9, U85), [place(5, 0, 2), place(5, 0, 2)]);
  assert.equal(used(8, 8, U85), [0n, 0n]);
  assert.equal(used(0x88, 0x81, U65), [place(5, 3, 2), 0n]);
});

test('three bits of a region count', () => {
  const stream = new StreamBuilder().words(0x4032, 1, 0x4030, 0, 0x4031, 0, 0xf8f9_0130);
  assert.equal(size(stream.words(0xfefd_0131, 0x10), 1), 1n);
  for (const name of ['IFM', 'OFM', 'IFM2'] as const) {
    const list = prepared().set(`NPU_SET_${name}_REGION`, 0xffff).operate('NPU_OP_ELEMENTWISE');
    assert.is(size(list, 7), place(5, 3, 2));
  }
  assert.is(size(prepared().set('NPU_SET_WEIGHT_REGION', 0xfffd).operate('NPU_OP_CONV'), 5), 0xc0n);
  assert.is(size(prepared().set('NPU_SET_SCALE_REGION', 0xfffd).operate('NPU_OP_CONV'), 5), 0x50n);
});

test('the mode of a copy has two bits, and its fourth value stands for two dimensions', () => {
  const reach = (mode: number) => {
    const stream = new StreamBuilder().set('NPU_SET_DMA0_SRC', 0).set('NPU_SET_DMA0_LEN', 100);
    stream.set('NPU_SET_DMA0_SIZE0', 4).set('NPU_SET_DMA0_SIZE1', 3);
    for (const side of ['SRC', 'DST'] as const)
      stream.set(`NPU_SET_DMA0_${side}_STRIDE0`, 28).set(`NPU_SET_DMA0_${side}_STRIDE1`, 5);
    return size(stream.set('NPU_SET_DMA0_SRC_REGION', mode << 9).operate('NPU_OP_DMA_START'), 0);
  };
  assert.equal([0, 1, 2, 3, 4, 6].map(reach), [100n, 512n, 1551n, 512n, 100n, 1551n]);
});

test('what was never set is all ones', () => {
  const plain = () => new StreamBuilder().words(0x4032, 100, 0x4030, 0);
  // Mode: never set, one dimension; the source is then in no region.
  assert.is(size(plain().words(0x4031, 0, 0x131, 0x10), 0), 100n);
  // Counts are 65535, strides -1.
  assert.is(size(plain().words(0x0500_0131, 0x0200_0130, 0x10), 0), 99n * 65535n);
  assert.is(size(plain().words(0x0500_0131, 0x0400_0130, 0x10), 0), (99n * 65535n - 1n) * 65535n);

  // An OFM of which only region and bases are set: 65536 elements each way, strides of -1, all in tile 0, no format.
  const bare = () => new StreamBuilder().set('NPU_SET_OFM_REGION', 0).set('NPU_SET_OFM_BASE0', 0x10_0000);
  assert.is(size(bare().operate('NPU_OP_POOL', 4), 0), 0x10_0000n - 65535n + 1n);
  const nhwc = () => bare().set('NPU_SET_OFM_PRECISION', 0x100);
  assert.is(size(nhwc().operate('NPU_OP_POOL', 4), 0), 0x10_0000n - 65535n - 65535n + 65535n + 1n);
  const bricks = () => bare().set('NPU_SET_OFM_PRECISION', 0x140);
  assert.is(
    size(bricks().operate('NPU_OP_POOL', 4), 0),
    0x10_0000n - 65535n - 4095n + 16n * 65535n + 15n + 1n,
  );

  // Width and height of the kernel as well, and the padding: 65535 + 65535 - 510.
  const kernel = bare().set('NPU_SET_IFM_REGION', 1).set('NPU_SET_KERNEL_STRIDE', 0);
  kernel.set('NPU_SET_IFM_BASE3', 0x100_0000);
  assert.is(size(kernel.operate('NPU_OP_POOL', 0), 1), 0x100_0000n - (65535n * 2n - 510n - 65536n) + 1n);

  // Broadcast in every dimension: only the first element of each operand is read.
  const sum = (id: bigint) => {
    const stream = nhwc().set('NPU_SET_IFM_REGION', 1).set('NPU_SET_IFM_BASE0', 7);
    stream.set('NPU_SET_IFM_PRECISION', 0).set('NPU_SET_IFM2_PRECISION', 0);
    stream.set('NPU_SET_IFM2_REGION', 2).set('NPU_SET_IFM2_BASE0', 9);
    const { properties } = decide(stream.operate('NPU_OP_ELEMENTWISE').stop(), id);
    return [properties.get('region_size.1'), properties.get('region_size.2')];
  };
  // On U65 bit 7 of a broadcast that was never set makes the IFM2 a scalar.
  assert.equal(BOTH.map(sum), [
    [8n, 0n],
    [8n, 10n],
  ]);
});

test('an address before its base wraps, and then no buffer is large enough', () => {
  const stream = new StreamBuilder().set('NPU_SET_OFM_REGION', 0).set('NPU_SET_OFM_BASE0', 0);
  stream.set('NPU_SET_OFM_HEIGHT_M1', 2);
  assert.is(size(stream.operate('NPU_OP_POOL', 4), 0), FAR);
});

test.run();
