/** The registers that the player touches, in bytes from the start (drivers/accel/ethosu/ethosu_device.h:22-92). */
export const ID = 0x00;
export const STATUS = 0x04;
export const CMD = 0x08;
export const RESET = 0x0c;
export const QBASE = 0x10;
export const QREAD = 0x18;
export const QSIZE = 0x20;
export const REGIONS = 8;
export const basePointer = (region: number) => 0x80 + 8 * region;

/** Bits of STATUS. */
export const RUNNING = 1 << 0;
export const IRQ_RAISED = 1 << 1;
export const BUS_ERROR = 1 << 2;
export const RESETTING = 1 << 3;
export const PARSE_ERROR = 1 << 4;
export const END_REACHED = 1 << 5;

/** Bits of CMD. */
export const RUN = 1 << 0;
export const CLEAR_IRQ = 1 << 1;

/** Registers of the performance monitor, from where it starts. */
export const PMCR = 0x180;
export const PMCNTENSET = 0x184;
export const PMCNTENCLR = 0x188;
export const PMCCNTR = 0x1a0;
export const eventCounter = (counter: number) => 0x300 + 4 * counter;
export const eventType = (counter: number) => 0x380 + 4 * counter;
/** Event counters that the register map has room for. */
export const EVENT_COUNTERS = 32;
/** Bits of PMCR that tell how many event counters there are. */
export const COUNTERS = 0x1f << 11;
/** Bit of PMCR that switches counting on. */
export const COUNT = 1 << 0;

/** Where the performance monitor starts: on a U85 4 KiB further on (drivers/accel/ethosu/ethosu_drv.c:323-324). */
export const monitorStart = (id: number) => (id >>> 28 === 1 ? 0 : 0x1000);
