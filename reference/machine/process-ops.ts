/** The steps that are about time, events and processes: eventfd, clock, identity, fork and kill; and lanes. */
import { type Op, systemConstant } from '../../schemas/index.ts';
import { NETLINK_OPS, runNetlinkOp } from '../netlink/ops.ts';
import { releaseClients } from './clients.ts';
import { newEventCounter } from './event-counter.ts';
import { followed, followedReturn } from './followed.ts';
import type { Machine, StepOutcome } from './machine.ts';

const EFD_CLOEXEC = BigInt(systemConstant('O_CLOEXEC'));
/** EFD_SEMAPHORE, EFD_CLOEXEC, EFD_NONBLOCK (include/uapi/linux/eventfd.h). */
const EFD_FLAGS = 0o1n | EFD_CLOEXEC | 0o4000n;
/** Such a user id means to leave the id as it is. */
const NO_ID = 0xffff_ffffn;
const FIRST_PID = 1000n;
/** _NSIG */
const MOST_SIGNAL = 64n;

export const PROCESS_OPS: ReadonlySet<Op> = new Set<Op>([
  ...(['eventfd', 'clock', 'identity', 'fork', 'kill', 'parallel', 'signal'] as const),
  ...NETLINK_OPS,
]);

export function runProcessOp(machine: Machine, op: Op, args: readonly bigint[]): StepOutcome {
  const arg = (index: number) => args[index] ?? 0n;
  if (NETLINK_OPS.has(op)) return runNetlinkOp(machine, op, args);
  switch (op) {
    case 'eventfd':
      return eventfd(machine, arg(0), arg(1));
    case 'identity':
      return identity(machine, arg(0), arg(1));
    case 'fork':
      return fork(machine);
    case 'kill':
      return kill(machine, arg(0), arg(1));
    case 'parallel':
      return machine.done(arg(2) === 0n ? 2n : 3n);
    case 'signal':
      // Whether the other lane was blocked is known only where lanes run.
      return { ...machine.done(followedReturn(machine, 0n)), open: true };
    default:
      return { ...machine.done(machine.clock.now()), open: true };
  }
}

/** fs/eventfd.c: do_eventfd. */
function eventfd(machine: Machine, initial: bigint, flags: bigint): StepOutcome {
  if (BigInt.asUintN(32, flags) & ~EFD_FLAGS) return machine.fail('EINVAL');
  const descriptor = machine.newDescriptor();
  if (descriptor < 0n) return { ...machine.fail('EMFILE'), open: true };
  machine.descriptors.set(descriptor, {
    file: { kind: 'eventfd', object: newEventCounter(initial, flags) },
    closeOnExec: (flags & EFD_CLOEXEC) !== 0n,
  });
  return machine.done(descriptor);
}

/** The executor may have fewer rights than the model gives it. */
function identity(machine: Machine, uid: bigint, capabilities: bigint): StepOutcome {
  if (uid >= NO_ID) return machine.fail('EINVAL');
  const allowed = (capabilities & ~machine.capabilities) === 0n;
  if (!followed(machine, allowed)) return { ...machine.fail('EPERM'), open: true };
  machine.capabilities = capabilities;
  return { ...machine.done(0n), open: true };
}

function fork(machine: Machine): StepOutcome {
  let free = FIRST_PID;
  while (machine.children.has(free)) free += 1n;
  const pid = followedReturn(machine, free);
  if (pid < 0n) return { ...machine.fail('EAGAIN'), open: true };
  // Open files are shared; the flags of a descriptor are its own.
  const descriptors = new Map([...machine.descriptors].map(([number, each]) => [number, { ...each }]));
  const mappings = [...machine.mappings.values()].filter(({ stays }) => !stays);
  machine.children.set(pid, { descriptors, mappings });
  return machine.done(pid);
}

/** What the process held is released. Another user's process may not be killed, which only the machine knows. */
function kill(machine: Machine, pid: bigint, signal: bigint): StepOutcome {
  if (!machine.children.has(pid)) return machine.fail('ESRCH');
  if (BigInt.asIntN(32, signal) < 0n || BigInt.asIntN(32, signal) > MOST_SIGNAL)
    return machine.fail('EINVAL');
  if (!followed(machine, true)) return { ...machine.fail('EPERM'), open: true };
  machine.children.delete(pid);
  releaseClients(machine);
  return machine.done(0n);
}
