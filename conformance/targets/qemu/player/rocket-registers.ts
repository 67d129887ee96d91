/**
 * The registers of a Rockchip NPU that the player touches, in bytes from the start of a core
 * (drivers/accel/rocket/rocket_registers.h:20-172).
 */
export const OPERATION_ENABLE = 0x08;
export const BASE_ADDRESS = 0x10;
export const REGISTER_AMOUNTS = 0x14;
export const INTERRUPT_MASK = 0x20;
export const INTERRUPT_CLEAR = 0x24;
export const INTERRUPT_RAW_STATUS = 0x2c;

/** Bit of OPERATION_ENABLE. */
export const RUN = 1 << 0;

/** Bits of INTERRUPT_MASK and INTERRUPT_RAW_STATUS. */
export const DPU_0 = 1 << 8;
export const DPU_1 = 1 << 9;
export const DMA_READ_ERROR = 1 << 12;
