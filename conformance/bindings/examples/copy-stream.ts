/** The command stream that both example programs submit: the first bytes of region 0 are copied to region 1. */
export const BYTES = 64;

/** Little-endian words; the numbers are those of the Ethos-U command stream, as drivers/accel/ethosu reads them. */
export const COPY_STREAM = new Uint32Array([
  0x00000130, // NPU_SET_DMA0_SRC_REGION 0
  0x00010131, // NPU_SET_DMA0_DST_REGION 1
  0x00004030, // NPU_SET_DMA0_SRC
  0,
  0x00004031, // NPU_SET_DMA0_DST
  0,
  0x00004032, // NPU_SET_DMA0_LEN
  BYTES,
  0x00000010, // NPU_OP_DMA_START
  0x00000000, // NPU_OP_STOP
]);
