/** The kernel's memory over rounds of calls: flat within what it moves by itself, or lost a piece a round. */

/** Bytes, from /proc/meminfo. */
export interface Balance {
  /** Memory of the kernel's own objects that it cannot give back. */
  readonly objects: bigint;
  /** Memory that could be used. */
  readonly available: bigint;
}

/**
 * Bytes a round that are a leak. The smallest object with a reference count takes 64 bytes of the slab allocator; of
 * whole pages half of one, since buffers take at least one.
 */
const OBJECT = 64n;
const HALF_PAGE = 2048n;
/** The kernel moves this many times as much as it did while nothing was done, before that counts. */
const NOISE = 4n;

export function meminfo(text: string): Balance | undefined {
  const bytes = (name: string) => {
    const match = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(text);
    return match ? BigInt(match[1]!) * 1024n : undefined;
  };
  const [objects, available] = [bytes('SUnreclaim'), bytes('MemAvailable')];
  return objects === undefined || available === undefined ? undefined : { objects, available };
}

/**
 * A sentence when memory was lost in both halves.
 * @param balances two while nothing was done, and one after each half of the rounds
 */
export function leak(balances: readonly (Balance | undefined)[], rounds: number): string | undefined {
  const [before, idle, middle, after] = balances;
  if (!before || !idle || !middle || !after) return undefined;
  const lost = (name: string, of: (balance: Balance) => bigint, least: bigint): string | undefined => {
    const moved = of(idle) - of(before);
    const threshold = BigInt(rounds) * least + NOISE * (moved < 0n ? -moved : moved);
    const halves = [of(middle) - of(idle), of(after) - of(middle)];
    if (!halves.every(half => half > threshold)) return undefined;
    const each = halves.map(half => `${half / BigInt(rounds)}`).join(' and ');
    return `${name}: ${each} bytes a round in two times ${rounds} rounds`;
  };
  return (
    lost('the kernel keeps more objects', balance => balance.objects, OBJECT) ??
    lost('memory is lost', balance => -balance.available, HALF_PAGE)
  );
}
