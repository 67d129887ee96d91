/** Defects of released kernels: each with the shortest program that shows it, and what shows it. */
import type { DeviceMood, Trace, Value } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { Argument } from '../plan/arguments.ts';
import { constant, type ProgramBuilder, slotValue } from '../plan/builder.ts';
import type { CallMaker } from '../plan/call-maker.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';

export interface Finding {
  readonly id: string;
  /** What happens, in one sentence. */
  readonly title: string;
  /** The machine that shows it, as `openTarget` names it. */
  readonly target: string;
  /** File and line of the kernel 7.3.4. */
  readonly source: string;
  readonly clause: ClauseId;
  readonly call: string;
  /** `client`: any process that may open the node, shown without a single capability; `root`: CAP_SYS_ADMIN. */
  readonly who: 'client' | 'root';
  readonly device?: DeviceMood;
  /** Adds the steps; the last one that it names is where the defect shows. */
  readonly steps: (scene: FindingScene) => number;
  /** What shows it in the kernel log of the run, and on the console of the C program. */
  readonly log?: RegExp;
  /** What shows it in the results: how the named step ends, where a right kernel ends otherwise. */
  readonly ends?: { readonly wrong: string; readonly right: string };
}

/** A program that runs without capabilities, unless the finding says otherwise. */
export class FindingScene {
  readonly builder: ProgramBuilder;
  readonly maker: CallMaker;
  readonly context: PlanContext;

  constructor(builder: ProgramBuilder, maker: CallMaker, context: PlanContext) {
    this.builder = builder;
    this.maker = maker;
    this.context = context;
  }

  open(): Value {
    return this.builder.open(this.context.nodePath, O_RDWR).fd;
  }

  /** From here on without any capability. */
  drop(): void {
    this.builder.step('give up all capabilities', 'identity', [constant(0), constant(0)]);
  }

  call(fd: Value, name: string, values: Record<string, Argument>): number {
    return this.maker.call(fd, this.context.driver.calls.get(name)!, values);
  }

  /** A call that gives a number back in a member. */
  made(fd: Value, name: string, values: Record<string, Argument>, field: string): Value {
    const slot = this.builder.slot();
    const call = this.context.driver.calls.get(name)!;
    this.maker.call(fd, call, values, { keep: { field, slot } });
    return slotValue(slot);
  }
}

/** Whether a run shows the finding; what was seen. */
export function shows(finding: Finding, trace: Trace, step: number, died: string): string | undefined {
  const lines = [...trace.log.map(({ text }) => text), ...died.split('\n')];
  if (finding.log) return lines.find(line => finding.log!.test(line))?.trim();
  const result = trace.results[step];
  const seen = result?.status === 'done' && result.errno === 0 ? 'success' : undefined;
  return seen !== undefined && seen === finding.ends?.wrong ? `step ${step} ended with ${seen}` : undefined;
}
