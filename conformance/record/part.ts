/** A part of a recording. */
import type { Recording } from './events.ts';

/** The part of a recording between two calls: without a call before the first, those that make what it uses remain. */
export function part({ events, whole }: Recording, first: number, last: number): Recording {
  let call = -1;
  const kept = events.filter(event => {
    if (event.e === 'ioctl') call += 1;
    // A call that makes something may be what a later one uses; one that only asks is not.
    const makes = event.e !== 'ioctl' || event.fds.some(({ made }) => made) || changes(event);
    return call <= last && (call >= first || makes);
  });
  return { events: kept, whole: whole && last === Number.POSITIVE_INFINITY };
}

const changes = (event: Extract<Recording['events'][number], { e: 'ioctl' }>) =>
  event.mem.some(piece => piece.out !== undefined);
