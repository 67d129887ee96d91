/**
 * What a file of descriptions may be at most. The largest one today has 93 KB, 14,000 values and 16 levels; the limits
 * keep every load short and within the stack, whatever the file holds.
 */
export const MOST_BYTES = 1 << 20;
/** Values of one file: scalars, lists and maps, those that aliases repeat included. */
export const MOST_VALUES = 100_000;
/** Lists and maps inside one another. */
export const MOST_DEPTH = 64;
