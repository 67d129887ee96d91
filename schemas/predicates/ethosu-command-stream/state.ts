/**
 * What the driver remembers of the stream so far: struct cmd_state, drivers/accel/ethosu/ethosu_gem.c:97-148. It
 * starts with all bits set (:150), which is how "never set" is found - where it is found.
 */
import { REGISTERS } from './commands.ts';

export const U64_MAX = 0xffff_ffff_ffff_ffffn;
export const U32_MAX = 0xffff_ffff;
export const U16_MAX = 0xffff;
const U8_MAX = 0xff;

/** A region is s8 in the driver: negative while it is not set, and for the chip's own memory. */
export const NO_REGION = -1;

export interface DmaEnd {
  region: number;
  length: bigint;
  offset: bigint;
  strides: [bigint, bigint];
}

export interface Buffer {
  region: number;
  base: bigint;
  length: number;
}

export interface FeatureMapState {
  readonly base: [bigint, bigint, bigint, bigint];
  strideX: bigint;
  strideY: bigint;
  strideC: bigint;
  region: number;
  broadcast: number;
  precision: number;
  depth: number;
  width: number;
  width0: number;
  /** Of the first two tiles; the third is the OFM's whole height, and in the IFM the kernel's. */
  readonly height: [number, number, number];
}

export interface State {
  readonly dma: {
    size0: number;
    size1: number;
    mode: number;
    readonly source: DmaEnd;
    readonly destination: DmaEnd;
  };
  readonly scale: Buffer;
  readonly weight: Buffer;
  readonly ofm: FeatureMapState;
  readonly ifm: FeatureMapState;
  readonly ifm2: FeatureMapState;
  strideKernel: number;
  padTop: number;
  padLeft: number;
  padBottom: number;
  padRight: number;
}

const dmaEnd = (): DmaEnd => ({
  region: NO_REGION,
  length: U64_MAX,
  offset: U64_MAX,
  strides: [-1n, -1n],
});

const buffer = (): Buffer => ({ region: NO_REGION, base: U64_MAX, length: U32_MAX });

const featureMap = (): FeatureMapState => ({
  base: [U64_MAX, U64_MAX, U64_MAX, U64_MAX],
  strideX: -1n,
  strideY: -1n,
  strideC: -1n,
  region: NO_REGION,
  broadcast: U8_MAX,
  precision: U16_MAX,
  depth: U16_MAX,
  width: U16_MAX,
  width0: U16_MAX,
  height: [U16_MAX, U16_MAX, U16_MAX],
});

export function initialState(): State {
  return {
    dma: { size0: U16_MAX, size1: U16_MAX, mode: -1, source: dmaEnd(), destination: dmaEnd() },
    scale: buffer(),
    weight: buffer(),
    ofm: featureMap(),
    ifm: featureMap(),
    ifm2: featureMap(),
    strideKernel: U16_MAX,
    padTop: U8_MAX,
    padLeft: U8_MAX,
    padBottom: U8_MAX,
    padRight: U8_MAX,
  };
}

/** `parameter` is the upper half of the first word; `address` the 40 bits of a two-word command. */
type Setter = (state: State, parameter: number, address: bigint) => void;

const LENGTH_MASK = 0xffff_ffffn;
const ADDRESS_BITS = 40;

/** DMA strides alone are signed (ethosu_gem.c:671); those of feature maps are not. */
const signed = (address: bigint): bigint => BigInt.asIntN(ADDRESS_BITS, address);

function featureMapSetters(name: 'IFM' | 'IFM2' | 'OFM', of: (state: State) => FeatureMapState) {
  const setters: [number, Setter][] = [
    [REGISTERS[`NPU_SET_${name}_PRECISION`], (state, p) => (of(state).precision = p)],
    [REGISTERS[`NPU_SET_${name}_REGION`], (state, p) => (of(state).region = p & 0x7)],
    [REGISTERS[`NPU_SET_${name}_WIDTH0_M1`], (state, p) => (of(state).width0 = p)],
    [REGISTERS[`NPU_SET_${name}_HEIGHT0_M1`], (state, p) => (of(state).height[0] = p)],
    [REGISTERS[`NPU_SET_${name}_HEIGHT1_M1`], (state, p) => (of(state).height[1] = p)],
    [REGISTERS[`NPU_SET_${name}_STRIDE_X`], (state, _, address) => (of(state).strideX = address)],
    [REGISTERS[`NPU_SET_${name}_STRIDE_Y`], (state, _, address) => (of(state).strideY = address)],
    [REGISTERS[`NPU_SET_${name}_STRIDE_C`], (state, _, address) => (of(state).strideC = address)],
  ];
  for (const tile of [0, 1, 2, 3] as const) {
    const number = REGISTERS[`NPU_SET_${name}_BASE${tile}`];
    setters.push([number, (state, _, address) => (of(state).base[tile] = address)]);
  }
  return setters;
}

function bufferSetters(name: 'WEIGHT' | 'SCALE', of: (state: State) => Buffer): [number, Setter][] {
  return [
    [REGISTERS[`NPU_SET_${name}_REGION`], (state, p) => (of(state).region = p & 0x7)],
    [REGISTERS[`NPU_SET_${name}_BASE`], (state, _, address) => (of(state).base = address)],
    // The second word alone: bits 16 to 23 of the first are dropped (ethosu_gem.c:619).
    [
      REGISTERS[`NPU_SET_${name}_LENGTH`],
      (state, _, address) => (of(state).length = Number(address & LENGTH_MASK)),
    ],
  ];
}

function dmaSetters(name: 'SRC' | 'DST', of: (state: State) => DmaEnd): [number, Setter][] {
  const stride =
    (index: 0 | 1): Setter =>
    (state, _, address) =>
      (of(state).strides[index] = signed(address));
  return [
    [REGISTERS[`NPU_SET_DMA0_${name}`], (state, _, address) => (of(state).offset = address)],
    [REGISTERS[`NPU_SET_DMA0_${name}_STRIDE0`], stride(0)],
    [REGISTERS[`NPU_SET_DMA0_${name}_STRIDE1`], stride(1)],
  ];
}

const dmaRegion = (parameter: number): number => (parameter & 0x100 ? NO_REGION : parameter & 0x7);

/** Every command that changes the state (ethosu_gem.c:477-691); all others pass unread. */
const SETTERS: ReadonlyMap<number, Setter> = new Map<number, Setter>([
  [REGISTERS.NPU_SET_KERNEL_WIDTH_M1, (state, p) => (state.ifm.width = p)],
  [REGISTERS.NPU_SET_KERNEL_HEIGHT_M1, (state, p) => (state.ifm.height[2] = p)],
  [REGISTERS.NPU_SET_KERNEL_STRIDE, (state, p) => (state.strideKernel = p)],
  [REGISTERS.NPU_SET_IFM_PAD_TOP, (state, p) => (state.padTop = p & 0x7f)],
  [REGISTERS.NPU_SET_IFM_PAD_LEFT, (state, p) => (state.padLeft = p & 0x7f)],
  [REGISTERS.NPU_SET_IFM_PAD_RIGHT, (state, p) => (state.padRight = p & 0xff)],
  [REGISTERS.NPU_SET_IFM_PAD_BOTTOM, (state, p) => (state.padBottom = p & 0xff)],
  [REGISTERS.NPU_SET_IFM_DEPTH_M1, (state, p) => (state.ifm.depth = p)],
  [REGISTERS.NPU_SET_IFM_BROADCAST, (state, p) => (state.ifm.broadcast = p & U8_MAX)],
  [REGISTERS.NPU_SET_IFM2_BROADCAST, (state, p) => (state.ifm2.broadcast = p & U8_MAX)],
  [REGISTERS.NPU_SET_OFM_WIDTH_M1, (state, p) => (state.ofm.width = p)],
  [REGISTERS.NPU_SET_OFM_HEIGHT_M1, (state, p) => (state.ofm.height[2] = p)],
  [REGISTERS.NPU_SET_OFM_DEPTH_M1, (state, p) => (state.ofm.depth = p)],
  ...featureMapSetters('IFM', state => state.ifm),
  ...featureMapSetters('IFM2', state => state.ifm2),
  ...featureMapSetters('OFM', state => state.ofm),
  ...bufferSetters('WEIGHT', state => state.weight),
  ...bufferSetters('SCALE', state => state.scale),
  ...dmaSetters('SRC', state => state.dma.source),
  ...dmaSetters('DST', state => state.dma.destination),
  [
    REGISTERS.NPU_SET_DMA0_SRC_REGION,
    (state, p) => {
      state.dma.source.region = dmaRegion(p);
      state.dma.mode = (p >> 9) & 0x3;
    },
  ],
  [REGISTERS.NPU_SET_DMA0_DST_REGION, (state, p) => (state.dma.destination.region = dmaRegion(p))],
  [REGISTERS.NPU_SET_DMA0_SIZE0, (state, p) => (state.dma.size0 = p)],
  [REGISTERS.NPU_SET_DMA0_SIZE1, (state, p) => (state.dma.size1 = p)],
  [
    REGISTERS.NPU_SET_DMA0_LEN,
    (state, _, address) => {
      state.dma.source.length = address;
      state.dma.destination.length = address;
    },
  ],
]);

export function setRegister(state: State, command: number, parameter: number, address: bigint): void {
  SETTERS.get(command)?.(state, parameter, address);
}
