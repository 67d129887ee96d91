/** Which lines of the kernel log are faults of the kernel, whatever a program did. */

/** Text that opens a report of the kernel about itself (lib/bug.c, kernel/panic.c, mm/kasan, kernel/locking, kernel/hung_task.c). */
const FAULTS = [
  /^WARNING: /,
  /\bBUG: /,
  /kernel BUG at /,
  /^Oops\b|Internal error: Oops/,
  /Unable to handle kernel /,
  /general protection fault/,
  /KASAN: |UBSAN: |KCSAN: |KFENCE: /,
  /possible circular locking dependency|inconsistent lock state|possible recursive locking|suspicious RCU usage/,
  /INFO: task .* blocked for more than/,
  /rcu: .*detected stalls/,
  /refcount_t: /,
  /Kernel panic - not syncing/,
];

export function isFault(text: string): boolean {
  return FAULTS.some(fault => fault.test(text));
}

const TAINT_FLAGS = 'GFSRMBUDAWCIOELKXTNJ';

/** The letters of the taint bits that are set (Documentation/admin-guide/tainted-kernels.rst). */
export function taintLetters(taint: bigint): string {
  let letters = '';
  for (let bit = 0; bit < 64; bit += 1)
    if (taint & (1n << BigInt(bit))) letters += TAINT_FLAGS[bit] ?? `(bit ${bit})`;
  return letters;
}

/** The first line of a console that tells of a fault. */
export function faultIn(console: string): string | undefined {
  return console.split('\n').find(isFault)?.trim();
}
