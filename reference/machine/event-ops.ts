/** read(), write() and poll() of an eventfd (fs/eventfd.c: eventfd_read, eventfd_write, eventfd_poll). */
import { type Op, systemConstant } from '../../schemas/index.ts';
import type { KernelObject } from '../drm/objects.ts';
import { addTo, blocks, count, hasRoom, nextSignal, settle, take } from './event-counter.ts';
import type { Machine, StepOutcome } from './machine.ts';

const WIDTH = 8n;
const NS_PER_MS = 1_000_000n;
const ALL_ONES = 0xffff_ffff_ffff_ffffn;
const [POLLIN, POLLOUT] = ['POLLIN', 'POLLOUT'].map(name => BigInt(systemConstant(name))) as [bigint, bigint];

/** The second and third argument are address and length, or events and timeout. */
export function onCounter(
  machine: Machine,
  op: Op,
  counter: KernelObject,
  second: bigint,
  third: bigint,
): StepOutcome {
  // Where only the device knows whether a fence has signalled, whatever was seen counts.
  const known = settle(counter, machine.clock) ? {} : { open: true };
  switch (op) {
    case 'read':
      return { ...read(machine, counter, second, third), ...known };
    case 'write':
      return { ...write(machine, counter, second, third), ...known };
    case 'poll':
      return { ...poll(machine, counter, second, BigInt.asIntN(32, third)), ...known };
    default:
      return { ...machine.fail('ESPIPE'), open: true };
  }
}

/** Nothing on the machine ends such a wait. */
function forever(machine: Machine): StepOutcome {
  return { ...machine.done(-1n), status: 'deadline', signal: 9, open: true };
}

/** Lets the time pass until the counter is above 0 or the end has come; false when it never gets there. */
function wait(machine: Machine, counter: KernelObject, until: bigint | undefined): boolean {
  const { clock } = machine;
  if (!clock.sleep) return until !== undefined;
  while (count(counter) === 0n) {
    const next = nextSignal(counter);
    const target = next !== undefined && (until === undefined || next < until) ? next : until;
    if (target === undefined) return false;
    clock.sleep(target);
    settle(counter, clock);
    if (target === until) return true;
  }
  return true;
}

function read(machine: Machine, counter: KernelObject, address: bigint, length: bigint): StepOutcome {
  if (length < WIDTH) return machine.fail('EINVAL');
  if (count(counter) === 0n) {
    if (!blocks(counter)) return machine.fail('EAGAIN');
    if (!wait(machine, counter, undefined) || count(counter) === 0n) return forever(machine);
  }
  // The number is taken before it is copied out.
  const bytes = new DataView(new ArrayBuffer(Number(WIDTH)));
  bytes.setBigUint64(0, take(counter)!, true);
  machine.memory.write(address, new Uint8Array(bytes.buffer));
  return machine.done(WIDTH);
}

function write(machine: Machine, counter: KernelObject, address: bigint, length: bigint): StepOutcome {
  // Kernels before 6.11 take a longer write for one of eight bytes.
  if (length !== WIDTH) return { ...machine.fail('EINVAL'), ...(length > WIDTH ? { open: true } : {}) };
  const bytes = machine.memory.read(address, Number(WIDTH));
  const value = new DataView(bytes.buffer).getBigUint64(0, true);
  if (value === ALL_ONES) return machine.fail('EINVAL');
  if (!hasRoom(counter, value)) return blocks(counter) ? forever(machine) : machine.fail('EAGAIN');
  addTo(counter, value);
  return machine.done(WIDTH);
}

function poll(machine: Machine, counter: KernelObject, events: bigint, timeout: bigint): StepOutcome {
  const ready = () => (count(counter) > 0n ? POLLIN : 0n) | (hasRoom(counter, 1n) ? POLLOUT : 0n);
  const until = timeout < 0n ? undefined : (machine.clock.began ?? machine.clock.now()) + timeout * NS_PER_MS;
  if ((ready() & events) === 0n && timeout !== 0n && !wait(machine, counter, until)) return forever(machine);
  return machine.done(ready() & events);
}
