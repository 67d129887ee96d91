/** Calls whose outcome is a matter of the machine: the model has an opinion, and goes along with what was seen. */
import type { Machine } from './machine.ts';

/** What the step returned as far as it can be seen, else what the model proposes. */
export function followedReturn(machine: Machine, proposed: bigint): bigint {
  const propose = () => proposed;
  const choice = { what: 'opaque', field: 'return', propose, wrong: () => undefined } as const;
  return machine.oracle.choose(choice, { kind: 'return' }) ?? proposed;
}

/** Whether the step succeeded as far as that can be seen, else what the model expects. */
export function followed(machine: Machine, expected: boolean): boolean {
  return followedReturn(machine, expected ? 0n : -1n) !== -1n;
}
