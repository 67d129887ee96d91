/** The registers that the player touches, in bytes from the start (drivers/accel/ethosu/ethosu_device.h:22-92). */
export const STATUS = 0x04;
export const CMD = 0x08;
export const QBASE = 0x10;
export const QBASE_HI = 0x14;
export const QREAD = 0x18;
export const QSIZE = 0x20;
export const REGIONS = 8;
export const basePointer = (region: number) => 0x80 + 8 * region;

/** Bits of STATUS. */
export const RUNNING = 1 << 0;
export const IRQ_RAISED = 1 << 1;
export const BUS_ERROR = 1 << 2;
export const PARSE_ERROR = 1 << 4;
export const END_REACHED = 1 << 5;

/** Bits of CMD. */
export const RUN = 1 << 0;
export const CLEAR_IRQ = 1 << 1;
