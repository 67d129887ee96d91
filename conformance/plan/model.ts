/** What a program comes to on the model of the strict driver. */
import {
  FileTree,
  firstCheck,
  Machine,
  nodeKindOf,
  nodeNames,
  type StepOutcome,
} from '../../reference/index.ts';
import type { Program, Rule } from '../../schemas/index.ts';
import type { PlanContext } from './context.ts';

/** How a step ends on the model. */
export interface Ending extends StepOutcome {
  /** How long it takes, as far as it waits for something, in ns. */
  readonly took: bigint;
}

/** Told of every rule that the call of a step comes to. */
export type Looked = (step: number, rule: Rule) => void;

/** A program that is run as far as it goes; what is added to it later goes on from there. */
export class ModelRun {
  private readonly machine: Machine;
  private readonly endings: Ending[] = [];
  private now = 0n;

  constructor(context: PlanContext, program: Program, looked?: Looked) {
    const { driver, hello, params, minor, nodePath } = context;
    const files = new FileTree();
    const { major } = nodeNames(nodeKindOf(nodePath), minor);
    files.add(nodePath, { kind: 'character', major, minor, mode: 0 });
    const clock = {
      now: () => this.now,
      sleep: (until: bigint) => {
        this.now = until;
      },
    };
    const setup = { driver, abi: hello.abi, pageSize: hello.pageSize, params, minor, nodePath };
    const oracle = looked
      ? { ...firstCheck, looked: (rule: Rule) => looked(this.machine.step, rule) }
      : firstCheck;
    this.machine = new Machine({ ...setup, oracle, files, clock }, program);
  }

  /** Every step's outcome so far. */
  go(program: Program): readonly Ending[] {
    const { machine, endings } = this;
    machine.grow(program);
    for (const step of program.steps.slice(endings.length)) {
      machine.prepare(step);
      this.now += 1000n;
      const before = this.now;
      const outcome = machine.run(step);
      machine.capture(step, outcome.ret);
      endings.push({ ...outcome, took: this.now - before });
    }
    return endings;
  }
}

/** Runs a program on the model of the strict driver; every step's outcome. */
export function model(context: PlanContext, program: Program, looked?: Looked): readonly Ending[] {
  return new ModelRun(context, program, looked).go(program);
}
