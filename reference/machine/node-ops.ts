/** read(), poll(), lseek() and write() of a node: drm_read(), drm_poll(), noop_llseek() (include/drm/drm_accel.h:24). */
import { type Op, systemConstant } from '../../schemas/index.ts';
import { onControl } from '../drm/control-node.ts';
import type { Client } from '../drm/objects.ts';
import { followedReturn } from './followed.ts';
import type { Machine, StepOutcome } from './machine.ts';

const POLLIN = BigInt(systemConstant('POLLIN'));
const READABLE = POLLIN | BigInt(systemConstant('POLLRDNORM'));
const NS_PER_MS = 1_000_000n;

export interface OpenNode {
  readonly client: Client;
  /** O_NONBLOCK, as far as it was given to open(). */
  nonBlocking: boolean;
}

/** The second and third argument are address and length, or events and timeout. */
export function onNode(machine: Machine, op: Op, node: OpenNode, second: bigint, third: bigint): StepOutcome {
  const wrong = machine.faults.onNode?.(op);
  if (wrong !== undefined) return typeof wrong === 'string' ? machine.fail(wrong) : machine.done(wrong);
  if (node.client.control) return onControl(machine, op, second);
  if (op === 'lseek') return machine.done(0n);
  if (op === 'write') return machine.fail('EINVAL');
  const { events } = node.client;
  events.settle(machine.clock);
  if (!events.known) return unordered(machine, op, node.client);
  if (op === 'poll') return poll(machine, node.client, second, BigInt.asIntN(32, third));
  return read(machine, node, second, third);
}

/** Only the device knows what has come; what was read is gone. */
function unordered(machine: Machine, op: Op, client: Client): StepOutcome {
  const seen = followedReturn(machine, 0n);
  if (op === 'read' && seen > 0n) client.events.wasRead(Number(seen));
  return { ...machine.done(seen), open: true };
}

/** Lets the time pass until an event has come or the end; false when neither ever comes. */
function wait(machine: Machine, client: Client, until: bigint | undefined): boolean {
  const { clock } = machine;
  const { events } = client;
  while (!events.first) {
    const target =
      events.next !== undefined && (until === undefined || events.next < until) ? events.next : until;
    if (target === undefined) return false;
    clock.sleep?.(target);
    events.settle(clock);
    if (target === until || !clock.sleep) break;
  }
  return true;
}

function poll(machine: Machine, client: Client, asked: bigint, timeout: bigint): StepOutcome {
  const until = timeout < 0n ? undefined : (machine.clock.began ?? machine.clock.now()) + timeout * NS_PER_MS;
  const inTime = (asked & READABLE) === 0n || timeout === 0n || wait(machine, client, until);
  if (!inTime) return forever(machine);
  return machine.done(client.events.first ? READABLE & asked : 0n);
}

/** Nothing on the machine ends such a wait. */
function forever(machine: Machine): StepOutcome {
  return { ...machine.done(-1n), status: 'deadline', signal: 9, open: true };
}

function read(
  machine: Machine,
  { client, nonBlocking }: OpenNode,
  address: bigint,
  length: bigint,
): StepOutcome {
  const { events } = client;
  if (!events.first) {
    if (nonBlocking) return machine.fail('EAGAIN');
    if (!wait(machine, client, undefined)) return forever(machine);
  }
  let done = 0n;
  for (let event = events.first; event; event = events.first) {
    if (done + BigInt(event.length) > length) break;
    // An event that cannot be copied out stays; how much of it was written before the fault is open.
    if (!machine.memory.writable(address + done, BigInt(event.length)))
      return { ...(done === 0n ? machine.fail('EFAULT') : machine.done(done)), open: true };
    machine.memory.write(address + done, event);
    done += BigInt(event.length);
    events.take();
  }
  return machine.done(done);
}
