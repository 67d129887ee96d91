/**
 * A program of probes of one call, each with a good call before and after it: one wrong thing at a time, and none
 * of them counts unless everything around it was right.
 */
import type { CallDescription, Value } from '../../schemas/index.ts';
import { ProgramBuilder } from './builder.ts';
import { type Argument, type Arguments, CallMaker, type CallShape } from './call-maker.ts';
import type { Instance } from './case.ts';
import { O_RDWR, type PlanContext } from './context.ts';

/** Byte that outputs hold before a probe, so that one that comes back shows. */
export const POISON = 0xa5;

export class Sandwich {
  readonly builder = new ProgramBuilder();
  readonly maker: CallMaker;
  readonly fd: Value;
  readonly controls: number[];
  readonly probes: number[] = [];
  /** Members of the first good call; undefined when no described call creates what it needs. */
  readonly good: Readonly<Record<string, Argument>> | undefined;
  private readonly call: CallDescription;

  constructor(context: PlanContext, call: CallDescription) {
    this.call = call;
    this.maker = new CallMaker(this.builder, context);
    const { step, fd } = this.builder.open(context.nodePath, O_RDWR);
    this.fd = fd;
    this.controls = [step];
    this.good = this.control();
  }

  private control(): Record<string, Argument> | undefined {
    const good = this.maker.good(this.fd, this.call);
    if (good) this.controls.push(...good.setup, good.step);
    return good?.values;
  }

  /** Members of another good call, whose preparation counts as control. */
  arguments(): Record<string, Argument> {
    const made = this.maker.goodArguments(this.fd, this.call)!;
    this.controls.push(...made.setup);
    return made.values;
  }

  /** One changed call, and a good one after it. */
  probe(values: Arguments, label: string, shape: CallShape = {}): void {
    const all = { ...shape, poison: POISON, label: `${this.call.name}: ${label}` };
    this.probes.push(this.maker.call(this.fd, this.call, values, all));
    this.control();
  }

  /** Steps for an instance, and why there are none. */
  steps(): Pick<Instance, 'controls' | 'probes' | 'notReached'> {
    const notReached = this.good ? {} : { notReached: 'no described call creates the handle it needs' };
    return { controls: this.controls, probes: this.probes, ...notReached };
  }
}
