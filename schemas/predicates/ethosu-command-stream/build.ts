/** Command streams from names, for generators, payloads and tests. */
import {
  DMA_INTERNAL,
  DMA_MODE_SHIFT,
  FORMAT_SHIFT,
  OPERATIONS,
  type OperationName,
  REGISTERS,
  type RegisterName,
  STORAGE_SHIFT,
  TWO_WORDS,
} from './commands.ts';

const ADDRESS_BITS = 40;

export type Instruction =
  | { readonly register: RegisterName; readonly value: bigint }
  | { readonly operation: OperationName; readonly parameter: number }
  | { readonly words: readonly number[] };

function encode(instruction: Instruction): readonly number[] {
  if ('words' in instruction) return instruction.words;
  if ('operation' in instruction) return [OPERATIONS[instruction.operation] | (instruction.parameter << 16)];
  const number = REGISTERS[instruction.register];
  if (!(number & TWO_WORDS)) return [number | (Number(instruction.value) << 16)];
  const value = BigInt.asUintN(ADDRESS_BITS, instruction.value);
  return [number | (Number(value >> 32n) << 16), Number(value & 0xffff_ffffn)];
}

/** Little-endian words, as the driver reads them on its machines. */
export function assemble(instructions: readonly Instruction[]): Uint8Array {
  const words = instructions.flatMap(encode);
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => {
    view.setUint32(index * 4, word >>> 0, true);
  });
  return bytes;
}

/** A place in a region, or `internal`: the chip's own memory, which no region reaches. */
export type Place = { readonly region: number; readonly offset?: bigint | number } | 'internal';

export interface Copy {
  readonly from: Place;
  readonly to: Place;
  /** Bytes of a row. Without rows and planes exactly this many are read and written. */
  readonly length: bigint | number;
  /** Two dimensions: how many rows, and the signed strides that the driver adds to the length of each. */
  readonly rows?: { readonly count: number; readonly from: bigint | number; readonly to: bigint | number };
  /** Three: how many planes of these rows. */
  readonly planes?: { readonly count: number; readonly from: bigint | number; readonly to: bigint | number };
}

export interface FeatureMap {
  readonly region: number;
  /** One base, or one for each tile. */
  readonly bases: readonly (bigint | number)[];
  /** Last column and row of the first tile, last row of the second; everything in the first when absent. */
  readonly tile?: { readonly width0: number; readonly height0: number; readonly height1: number };
  readonly strides: { readonly x: bigint | number; readonly y: bigint | number; readonly c: bigint | number };
  readonly format?: 'nhwc' | 'nhcwb16';
  /** log2 of the bytes of an element. */
  readonly elementBits?: 0 | 1 | 2 | 3;
  /** U85: 0 two by two tiles, 1 three above each other, 2 chained. */
  readonly storage?: number;
  /** Further bits of the precision, such as NO_SCALE_BUFFER. */
  readonly precision?: number;
}

const WHOLE = { width0: 0xffff, height0: 0xffff, height1: 0xffff };

export class StreamBuilder {
  private readonly list: Instruction[] = [];

  /** Sets a register: 16 bits, or 40 bits where the command has two words (negative values are cut to 40 bits). */
  set(register: RegisterName, value: bigint | number): this {
    const wide = (REGISTERS[register] & TWO_WORDS) !== 0;
    const [least, most] = wide
      ? [-(1n << BigInt(ADDRESS_BITS - 1)), (1n << BigInt(ADDRESS_BITS)) - 1n]
      : [0n, 0xffffn];
    const exact = BigInt(value);
    if (exact < least || exact > most)
      throw new RangeError(
        `StreamBuilder.set: ${register} is set to ${value}; expected a value from ${least} to ${most}, what its command holds.`,
      );
    this.list.push({ register, value: exact });
    return this;
  }

  operate(operation: OperationName, parameter = 0): this {
    this.list.push({ operation, parameter });
    return this;
  }

  /** Words as they are. */
  words(...words: readonly number[]): this {
    this.list.push({ words });
    return this;
  }

  /** One DMA copy with all its registers: reads `from`, writes `to`, reaches offset + length there. */
  copy({ from, to, length, rows, planes }: Copy): this {
    const mode = planes ? 2 : rows ? 1 : 0;
    // The driver takes the number of dimensions from the source and ignores it in the destination (ethosu_gem.c:657).
    const region = (place: Place) =>
      (place === 'internal' ? DMA_INTERNAL : place.region) | (mode << DMA_MODE_SHIFT);
    this.set('NPU_SET_DMA0_SRC_REGION', region(from));
    this.set('NPU_SET_DMA0_DST_REGION', region(to));
    this.set('NPU_SET_DMA0_SRC', from === 'internal' ? 0 : (from.offset ?? 0));
    this.set('NPU_SET_DMA0_DST', to === 'internal' ? 0 : (to.offset ?? 0));
    this.set('NPU_SET_DMA0_LEN', length);
    if (rows !== undefined || planes !== undefined) {
      this.set('NPU_SET_DMA0_SIZE0', rows?.count ?? 1);
      this.set('NPU_SET_DMA0_SRC_STRIDE0', rows?.from ?? 0);
      this.set('NPU_SET_DMA0_DST_STRIDE0', rows?.to ?? 0);
    }
    if (planes !== undefined) {
      this.set('NPU_SET_DMA0_SIZE1', planes.count);
      this.set('NPU_SET_DMA0_SRC_STRIDE1', planes.from);
      this.set('NPU_SET_DMA0_DST_STRIDE1', planes.to);
    }
    return this.operate('NPU_OP_DMA_START');
  }

  /** All registers of where a feature map lies. Sizes and padding are registers of the operation. */
  map(name: 'IFM' | 'IFM2' | 'OFM', map: FeatureMap): this {
    const tile = map.tile ?? WHOLE;
    const format = map.format === 'nhcwb16' ? 1 : 0;
    const precision =
      (map.precision ?? 0) |
      ((map.elementBits ?? 0) << (name === 'OFM' ? 1 : 2)) |
      (format << FORMAT_SHIFT) |
      ((map.storage ?? 0) << STORAGE_SHIFT);
    this.set(`NPU_SET_${name}_REGION`, map.region);
    this.set(`NPU_SET_${name}_PRECISION`, precision);
    this.set(`NPU_SET_${name}_WIDTH0_M1`, tile.width0);
    this.set(`NPU_SET_${name}_HEIGHT0_M1`, tile.height0);
    this.set(`NPU_SET_${name}_HEIGHT1_M1`, tile.height1);
    for (const index of [0, 1, 2, 3] as const) {
      const base = map.bases[index];
      if (base !== undefined) this.set(`NPU_SET_${name}_BASE${index}`, base);
    }
    this.set(`NPU_SET_${name}_STRIDE_X`, map.strides.x);
    this.set(`NPU_SET_${name}_STRIDE_Y`, map.strides.y);
    return this.set(`NPU_SET_${name}_STRIDE_C`, map.strides.c);
  }

  /** Weights or scales (with biases). */
  buffer(name: 'WEIGHT' | 'SCALE', region: number, base: bigint | number, length: bigint | number): this {
    this.set(`NPU_SET_${name}_REGION`, region);
    this.set(`NPU_SET_${name}_BASE`, base);
    return this.set(`NPU_SET_${name}_LENGTH`, length);
  }

  stop(): this {
    return this.operate('NPU_OP_STOP');
  }

  instructions(): readonly Instruction[] {
    return [...this.list];
  }

  bytes(): Uint8Array {
    return assemble(this.list);
  }
}
