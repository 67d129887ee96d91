/** The steps that are about time, memory and processes: eventfd, clock, identity, fork, kill, repeat, mprotect and so on. */
import { crc32, type Op, systemConstant } from '../../schemas/index.ts';
import { firstCheck } from '../model/oracle.ts';
import { MemoryFault } from './address-space.ts';
import { newEventCounter } from './event-counter.ts';
import { type Descriptor, type Machine, SIGSEGV, type StepOutcome } from './machine.ts';

const EFD_CLOEXEC = BigInt(systemConstant('O_CLOEXEC'));
/** Rounds of a repeat that the model makes: a state that comes round stays the same. */
const ROUNDS = 8n;

export const PROCESS_OPS: ReadonlySet<Op> = new Set<Op>([
  'eventfd',
  'clock',
  'identity',
  'fork',
  'kill',
  'repeat',
  'mprotect',
  'mremap',
  'madvise',
  'checksum',
  'writefile',
]);

export function runProcessOp(machine: Machine, op: Op, args: readonly bigint[]): StepOutcome {
  const arg = (index: number) => args[index] ?? 0n;
  switch (op) {
    case 'eventfd': {
      const descriptor = machine.newDescriptor();
      machine.descriptors.set(descriptor, {
        file: { kind: 'eventfd', object: newEventCounter(arg(0), arg(1)) },
        closeOnExec: (arg(1) & EFD_CLOEXEC) !== 0n,
      });
      return machine.done(descriptor);
    }
    case 'clock':
      return { ...machine.done(machine.clock.now()), open: true };
    case 'identity':
      machine.capabilities = arg(1);
      return machine.done(0n);
    case 'fork': {
      const propose = () => BigInt(1000 + machine.children.size);
      const choice = { what: 'opaque', field: 'return', propose, wrong: () => undefined } as const;
      const pid = machine.oracle.choose(choice, { kind: 'return' }) ?? propose();
      machine.children.set(pid, new Map(machine.descriptors) as Map<bigint, Descriptor>);
      return machine.done(pid);
    }
    case 'kill': {
      const killed = machine.children.delete(arg(0));
      machine.releaseClients();
      return killed ? machine.done(0n) : { ...machine.fail('ESRCH'), open: true };
    }
    case 'repeat':
      return repeat(machine, Number(arg(0)), Number(arg(1)), arg(2));
    case 'checksum':
      return checksum(machine, arg(0), Number(arg(1)));
    default:
      return { ...machine.done(0n), open: true };
  }
}

function repeat(machine: Machine, first: number, count: number, times: bigint): StepOutcome {
  // The rounds are not seen one by one: the model goes its own way and comes back to where it was.
  const { oracle } = machine;
  machine.oracle = firstCheck;
  try {
    return rounds(machine, first, count, times);
  } finally {
    machine.oracle = oracle;
  }
}

function rounds(machine: Machine, first: number, count: number, times: bigint): StepOutcome {
  const steps = machine.program.steps.slice(first, first + count);
  const reported = machine.outcomes.slice(first, first + count);
  let alike = 0n;
  for (let round = 0n; round < times && round < ROUNDS; round += 1n) {
    const same = steps.map((step, at) => {
      machine.store(step);
      const outcome = machine.run(step);
      machine.capture(step, outcome.ret);
      return outcome.errno === reported[at]?.errno && outcome.status === reported[at]?.status;
    });
    if (same.every(Boolean)) alike += 1n;
  }
  return machine.done(alike === (times < ROUNDS ? times : ROUNDS) ? times : alike);
}

function checksum(machine: Machine, address: bigint, length: number): StepOutcome {
  try {
    return machine.done(BigInt(crc32(machine.memory.read(address, length))));
  } catch (error) {
    if (!(error instanceof MemoryFault)) throw error;
    return { status: 'fault', ret: -1n, signal: SIGSEGV, origins: [] };
  }
}
