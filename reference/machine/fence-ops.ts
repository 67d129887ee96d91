/**
 * poll() and lseek() of dma-bufs and sync files (drivers/dma-buf/dma-buf.c: dma_buf_poll, dma_buf_llseek,
 * drivers/dma-buf/sync_file.c: sync_file_poll). They have no read and no write operation.
 */
import { type Op, systemConstant } from '../../schemas/index.ts';
import type { KernelObject } from '../drm/objects.ts';
import { allSignalled, type Fence } from '../sync/fence.ts';
import { fencesFor } from '../sync/reservation.ts';
import { fenceOfFile } from '../sync/sync-file.ts';
import { followedReturn } from './followed.ts';
import type { Machine, StepOutcome } from './machine.ts';

const [POLLIN, POLLOUT] = ['POLLIN', 'POLLOUT'].map(name => BigInt(systemConstant(name))) as [bigint, bigint];
const NS_PER_MS = 1_000_000n;
const SEEK_SET = 0n;
const SEEK_END = 2n;

/** What each event that a poll can tell of waits for. */
type Watched = readonly (readonly [bigint, readonly Fence[]])[];

/** The second and third argument are offset and whence, or events and timeout. */
export function onFences(
  machine: Machine,
  op: Op,
  kind: 'dma-buf' | 'sync-file',
  object: KernelObject,
  second: bigint,
  third: bigint,
): StepOutcome {
  if (op === 'poll') return poll(machine, watched(kind, object), second, BigInt.asIntN(32, third));
  if (op === 'lseek' && kind === 'sync-file') return machine.fail('ESPIPE');
  if (op === 'lseek') return seek(machine, object, second, third);
  return { ...machine.fail('EINVAL'), open: true };
}

function watched(kind: 'dma-buf' | 'sync-file', object: KernelObject): Watched {
  const own = fenceOfFile(object);
  if (kind === 'sync-file') return [[POLLIN, own ? [own] : []]];
  return [
    [POLLIN, fencesFor(object, false)],
    [POLLOUT, fencesFor(object, true)],
  ];
}

function seek(machine: Machine, object: KernelObject, offset: bigint, whence: bigint): StepOutcome {
  if ((whence !== SEEK_END && whence !== SEEK_SET) || offset !== 0n) return machine.fail('EINVAL');
  if (whence === SEEK_SET) return machine.done(0n);
  const size = object.properties.get('size');
  return size === undefined ? { ...machine.done(0n), open: true } : machine.done(size);
}

function poll(machine: Machine, all: Watched, events: bigint, timeout: bigint): StepOutcome {
  const { clock } = machine;
  const asked = all.filter(([event]) => (event & events) !== 0n);
  const ready = (): bigint | undefined => {
    let found = 0n;
    for (const [event, fences] of asked) {
      const known = allSignalled(fences, clock);
      if (known === true) found |= event;
      else if (known !== false) return undefined;
    }
    return found;
  };
  const now = ready();
  if (now === undefined) return follow(machine, asked);
  if (now !== 0n || timeout === 0n) return machine.done(now);
  const ends = asked.flatMap(([, fences]) => {
    const each = fences.filter(fence => !fence.done).map(({ endsAt }) => endsAt);
    return each.includes(undefined) ? [] : [(each as bigint[]).reduce((a, b) => (a > b ? a : b), 0n)];
  });
  if (timeout >= 0n) ends.push((clock.began ?? clock.now()) + timeout * NS_PER_MS);
  // Nothing on the machine ends such a wait.
  if (ends.length === 0) return { ...machine.done(-1n), status: 'deadline', signal: 9, open: true };
  clock.sleep?.(ends.reduce((a, b) => (a < b ? a : b)));
  return machine.done(ready() ?? 0n);
}

/** Only the device knows; what was seen to be ready is over. */
function follow(machine: Machine, asked: Watched): StepOutcome {
  const seen = followedReturn(machine, 0n);
  for (const [event, fences] of asked) {
    if (seen > 0n && (seen & event) !== 0n) for (const fence of fences) fence.signal();
    const [only, ...more] = fences;
    if (only && more.length === 0 && seen >= 0n && (seen & event) === 0n) only.seenPending = true;
  }
  return { ...machine.done(seen), open: true };
}
