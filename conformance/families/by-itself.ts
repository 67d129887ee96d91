/** What a sleeping call waits for comes by itself, maybe just when the signal does. */
import type { Trace } from '../../schemas/index.ts';

/**
 * A thread that was woken by a signal runs so much later at most, on an emulated machine beside other work. What it finds
 * by then ends its call well, as it should; one that ends still later has slept on in spite of the signal.
 */
const WOKEN_NS = 50_000_000n;

/** Why nothing can be told: the call went well about when the signal came. */
export function endedByItself({ results }: Trace, wait: number, sent: number): string | undefined {
  const [slept, signal] = [results[wait], results[sent]];
  return slept && signal && slept.errno === 0 && slept.after - signal.after < WOKEN_NS
    ? 'what it waited for came about when the signal did'
    : undefined;
}
