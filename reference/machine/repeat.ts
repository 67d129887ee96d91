/** The op repeat: steps that run again, unreported. */
import type { Oracle } from '../model/oracle.ts';
import { firstCheck } from '../model/oracle.ts';
import type { Machine, StepOutcome } from './machine.ts';
import { storeFor } from './step-data.ts';

/** Rounds that the model makes: what is the same so often stays the same. */
const ROUNDS = 50n;

export function repeat(machine: Machine, first: bigint, count: bigint, times: bigint): StepOutcome {
  const { program, step } = machine;
  if (count === 0n || first + count > BigInt(step)) return machine.fail('EINVAL');
  const numbers = Array.from({ length: Number(count) }, (_, index) => Number(first) + index);
  if (numbers.some(number => program.steps[number]!.op === 'repeat')) return machine.fail('EINVAL');

  // The rounds are not seen one by one: the model goes its own way, as long as it is the only one.
  const { oracle } = machine;
  let known = true;
  const own: Oracle = {
    ...firstCheck,
    first: false,
    decide: (call, hits, environmental) => {
      if (hits.some(hit => hit.undecided || hit.rule.optional)) known = false;
      return firstCheck.decide(call, hits, environmental);
    },
  };
  const made = times < ROUNDS ? times : ROUNDS;
  let alike = 0n;
  machine.oracle = own;
  try {
    for (let round = 0n; round < made; round += 1n) {
      let same = true;
      for (const number of numbers) {
        const outcome = again(machine, number);
        const reported = machine.outcomes[number];
        if (outcome.status === 'deadline') return { ...outcome, open: true };
        if (outcome.open || !reported || reported.open) known = false;
        same &&= outcome.errno === reported?.errno && outcome.status === reported?.status;
      }
      if (same) alike += 1n;
    }
  } finally {
    machine.oracle = oracle;
  }
  return { ...machine.done(alike === made ? times : alike), ...(known ? {} : { open: true }) };
}

function again(machine: Machine, number: number): StepOutcome {
  const step = machine.program.steps[number]!;
  storeFor(machine, step);
  const outcome = machine.call(step);
  machine.capture(step, outcome.ret);
  return outcome;
}
