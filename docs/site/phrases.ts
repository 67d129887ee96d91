/** What readers of kernel code call things, and the clause that has another name for it. */
import type { ClauseId } from '../../spec/index.ts';

export const PHRASES: readonly (readonly [phrase: string, clause: ClauseId])[] = [
  ['must be zero', 'reserved.field'],
  ['MBZ', 'reserved.field'],
  ['padding', 'reserved.field'],
  ['unknown flag', 'reserved.flags'],
  ['unknown handle', 'handle.never-issued'],
  ['double close', 'handle.closed'],
  ['copy_from_user', 'dispatch.bad-argument'],
  ['copy_to_user', 'dispatch.bad-argument'],
  ['integer overflow', 'argument.arithmetic'],
  ['information leak', 'output.untouched'],
  ['double fetch', 'argument.fetch'],
  ['hot unplug', 'unplug.descriptor'],
  ['watchdog', 'job.failure'],
  ['fork', 'file.fork'],
];
