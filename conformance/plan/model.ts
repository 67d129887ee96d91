/** What a program comes to on the model of the strict driver. */
import {
  FileTree,
  firstCheck,
  Machine,
  nodeKindOf,
  nodeNames,
  type StepOutcome,
} from '../../reference/index.ts';
import type { Program } from '../../schemas/index.ts';
import type { PlanContext } from './context.ts';

/** How a step ends on the model. */
export interface Ending extends StepOutcome {
  /** How long it takes, as far as it waits for something, in ns. */
  readonly took: bigint;
}

/** Runs a program on the model of the strict driver; every step's outcome. */
export function model(context: PlanContext, program: Program): Ending[] {
  const { driver, hello, params, minor, nodePath } = context;
  const files = new FileTree();
  const { major } = nodeNames(nodeKindOf(nodePath), minor);
  files.add(nodePath, { kind: 'character', major, minor, mode: 0 });
  let now = 0n;
  const clock = {
    now: () => now,
    sleep: (until: bigint) => {
      now = until;
    },
  };
  const setup = { driver, abi: hello.abi, pageSize: hello.pageSize, params, minor, nodePath };
  const machine = new Machine({ ...setup, oracle: firstCheck, files, clock }, program);
  return program.steps.map(step => {
    machine.prepare(step);
    now += 1000n;
    const before = now;
    const outcome = machine.run(step);
    machine.capture(step, outcome.ret);
    return { ...outcome, took: now - before };
  });
}
