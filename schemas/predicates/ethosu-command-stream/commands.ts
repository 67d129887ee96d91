/**
 * The commands of an Ethos-U command stream that the driver looks at: enum ethosu_cmds in
 * drivers/accel/ethosu/ethosu_device.h:89 of Linux 7.3.4. A command is one word - number in bits 0 to 15, parameter
 * in bits 16 to 31 - and those with bit 14 have a second word: an address of 40 bits, whose top 8 are bits 16 to 23
 * of the first.
 */

/** A set bit makes a command two words long. */
export const TWO_WORDS = 0x4000;

export const OPERATIONS = {
  NPU_OP_STOP: 0x0,
  NPU_OP_CONV: 0x2,
  NPU_OP_DEPTHWISE: 0x3,
  NPU_OP_POOL: 0x5,
  NPU_OP_ELEMENTWISE: 0x6,
  NPU_OP_RESIZE: 0x7,
  NPU_OP_DMA_START: 0x10,
} as const;

export const REGISTERS = {
  NPU_SET_IFM_PAD_TOP: 0x100,
  NPU_SET_IFM_PAD_LEFT: 0x101,
  NPU_SET_IFM_PAD_RIGHT: 0x102,
  NPU_SET_IFM_PAD_BOTTOM: 0x103,
  NPU_SET_IFM_DEPTH_M1: 0x104,
  NPU_SET_IFM_PRECISION: 0x105,
  NPU_SET_IFM_BROADCAST: 0x108,
  NPU_SET_IFM_WIDTH0_M1: 0x10a,
  NPU_SET_IFM_HEIGHT0_M1: 0x10b,
  NPU_SET_IFM_HEIGHT1_M1: 0x10c,
  NPU_SET_IFM_REGION: 0x10f,
  NPU_SET_OFM_WIDTH_M1: 0x111,
  NPU_SET_OFM_HEIGHT_M1: 0x112,
  NPU_SET_OFM_DEPTH_M1: 0x113,
  NPU_SET_OFM_PRECISION: 0x114,
  NPU_SET_OFM_WIDTH0_M1: 0x11a,
  NPU_SET_OFM_HEIGHT0_M1: 0x11b,
  NPU_SET_OFM_HEIGHT1_M1: 0x11c,
  NPU_SET_OFM_REGION: 0x11f,
  NPU_SET_KERNEL_WIDTH_M1: 0x120,
  NPU_SET_KERNEL_HEIGHT_M1: 0x121,
  NPU_SET_KERNEL_STRIDE: 0x122,
  NPU_SET_WEIGHT_REGION: 0x128,
  NPU_SET_SCALE_REGION: 0x129,
  NPU_SET_DMA0_SRC_REGION: 0x130,
  NPU_SET_DMA0_DST_REGION: 0x131,
  NPU_SET_DMA0_SIZE0: 0x132,
  NPU_SET_DMA0_SIZE1: 0x133,
  NPU_SET_IFM2_BROADCAST: 0x180,
  NPU_SET_IFM2_PRECISION: 0x185,
  NPU_SET_IFM2_WIDTH0_M1: 0x18a,
  NPU_SET_IFM2_HEIGHT0_M1: 0x18b,
  NPU_SET_IFM2_HEIGHT1_M1: 0x18c,
  NPU_SET_IFM2_REGION: 0x18f,
  NPU_SET_IFM_BASE0: 0x4000,
  NPU_SET_IFM_BASE1: 0x4001,
  NPU_SET_IFM_BASE2: 0x4002,
  NPU_SET_IFM_BASE3: 0x4003,
  NPU_SET_IFM_STRIDE_X: 0x4004,
  NPU_SET_IFM_STRIDE_Y: 0x4005,
  NPU_SET_IFM_STRIDE_C: 0x4006,
  NPU_SET_OFM_BASE0: 0x4010,
  NPU_SET_OFM_BASE1: 0x4011,
  NPU_SET_OFM_BASE2: 0x4012,
  NPU_SET_OFM_BASE3: 0x4013,
  NPU_SET_OFM_STRIDE_X: 0x4014,
  NPU_SET_OFM_STRIDE_Y: 0x4015,
  NPU_SET_OFM_STRIDE_C: 0x4016,
  NPU_SET_WEIGHT_BASE: 0x4020,
  NPU_SET_WEIGHT_LENGTH: 0x4021,
  NPU_SET_SCALE_BASE: 0x4022,
  NPU_SET_SCALE_LENGTH: 0x4023,
  NPU_SET_DMA0_SRC: 0x4030,
  NPU_SET_DMA0_DST: 0x4031,
  NPU_SET_DMA0_LEN: 0x4032,
  NPU_SET_DMA0_SRC_STRIDE0: 0x4033,
  NPU_SET_DMA0_SRC_STRIDE1: 0x4034,
  NPU_SET_DMA0_DST_STRIDE0: 0x4035,
  NPU_SET_DMA0_DST_STRIDE1: 0x4036,
  NPU_SET_IFM2_BASE0: 0x4080,
  NPU_SET_IFM2_BASE1: 0x4081,
  NPU_SET_IFM2_BASE2: 0x4082,
  NPU_SET_IFM2_BASE3: 0x4083,
  NPU_SET_IFM2_STRIDE_X: 0x4084,
  NPU_SET_IFM2_STRIDE_Y: 0x4085,
  NPU_SET_IFM2_STRIDE_C: 0x4086,
  // Stored by the driver and never read again (ethosu_gem.c:627): no rule depends on them. On U85 NPU_SET_SCALE1_*
  // are NPU_SET_WEIGHT2_*.
  NPU_SET_WEIGHT1_BASE: 0x4090,
  NPU_SET_WEIGHT1_LENGTH: 0x4091,
  NPU_SET_SCALE1_BASE: 0x4092,
  NPU_SET_SCALE1_LENGTH: 0x4093,
  NPU_SET_WEIGHT3_BASE: 0x4094,
  NPU_SET_WEIGHT3_LENGTH: 0x4095,
} as const;

export type OperationName = keyof typeof OPERATIONS;
export type RegisterName = keyof typeof REGISTERS;

export const POOL_WITHOUT_IFM = 0x4;
/** Elementwise operations with one operand. */
export const UNARY: readonly number[] = [0x5, 0x6, 0x7, 0x24];
/** OFM_PRECISION: no scale buffer is used. */
export const NO_SCALE_BUFFER = 0x100;
/** DMA0_*_REGION: the chip's own memory instead of a region; SRC_REGION also holds the number of dimensions. */
export const DMA_INTERNAL = 0x100;
export const DMA_MODE_SHIFT = 9;
/** *_PRECISION: layout of the elements, and of the tiles on U85. */
export const FORMAT_SHIFT = 6;
export const STORAGE_SHIFT = 14;
export const STORAGE_CHAINED = 2;
/** *_BROADCAST: the operand is a number in the stream. */
export const SCALAR = 8;
/** IFM2_BROADCAST on U65: likewise. */
export const SCALAR_U65 = 0x80;

const ARCHITECTURE_SHIFT = 28n;
const U65_ARCHITECTURE = 1n;

/** ethosu_is_u65 (ethosu_device.h:224): everything that is not architecture 1 is treated as U85. */
export function isU65(npuId: bigint): boolean {
  return ((npuId >> ARCHITECTURE_SHIFT) & 0xfn) === U65_ARCHITECTURE;
}
