/** A macro that the uAPI headers use and that none of them defines. */
export interface External {
  readonly name: string;
  /** As it would follow `#define`. */
  readonly define: string;
  /** Where the definition stands. */
  readonly from: string;
  /** The exported header a program can include to get it; none for a macro that only the kernel has. */
  readonly header?: string;
  /** Why it is needed and why this value holds. */
  readonly why: string;
}

/**
 * All values hold on every ABI of `schemas/layout/abi.ts`. A constant that rests on one of these says so in its
 * fact (`externals`): a program cannot compile it from the uAPI header alone.
 */
export const EXTERNALS: readonly External[] = [
  {
    name: 'O_RDWR',
    define: 'O_RDWR 02',
    from: 'asm-generic/fcntl.h',
    header: 'asm/fcntl.h',
    why: 'drm.h defines DRM_RDWR by it and leaves the inclusion of fcntl.h to the program',
  },
  {
    name: 'O_CLOEXEC',
    define: 'O_CLOEXEC 02000000',
    from: 'asm-generic/fcntl.h',
    header: 'asm/fcntl.h',
    why: 'drm.h defines DRM_CLOEXEC by it and leaves the inclusion of fcntl.h to the program',
  },
  {
    name: 'BIT',
    define: 'BIT(nr) (1UL << (nr))',
    from: 'vdso/bits.h of the kernel',
    why: 'habanalabs_accel.h defines flags by this kernel macro, which no exported header has',
  },
  {
    name: 'U16_MAX',
    define: 'U16_MAX ((__u16)~0U)',
    from: 'linux/limits.h of the kernel',
    why: 'habanalabs_accel.h defines HL_RAZWI_NA_ENG_ID by this kernel macro, which no exported header has',
  },
  {
    name: 'SZ_4K',
    define: 'SZ_4K 0x00001000',
    from: 'linux/sizes.h of the kernel',
    why: 'qaic_accel.h defines its message length by this kernel macro, which no exported header has',
  },
  {
    name: 'SZ_1M',
    define: 'SZ_1M 0x00100000',
    from: 'linux/sizes.h of the kernel',
    why: 'habanalabs_accel.h defines HL_ENGINES_DATA_MAX_SIZE by this kernel macro, which no exported header has',
  },
];
