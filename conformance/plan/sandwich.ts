/**
 * A program of probes of one call, each with a good call before and after it: one wrong thing at a time, and none
 * of them counts unless everything around it was right.
 */
import { type CallDescription, printCondition, systemConstant, type Value } from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder } from './builder.ts';
import { type Argument, type Arguments, CallMaker, type CallShape, type Pick } from './call-maker.ts';
import { O_RDWR, type PlanContext } from './context.ts';
import { type Outlook, outlook } from './outlook.ts';
import { queuesEvents } from './resources.ts';

/** Byte that outputs hold before a probe, so that one that comes back shows. */
export const POISON = 0xa5;
const O_NONBLOCK = systemConstant('O_NONBLOCK');
/** All events that a file has room for (drivers/gpu/drm/drm_file.c:158), in bytes. */
const EVENT_ROOM = 4096;

export class Sandwich {
  readonly builder = new ProgramBuilder();
  readonly maker: CallMaker;
  readonly fd: Value;
  readonly controls: number[];
  readonly probes: number[] = [];
  /** Members of the first good call; undefined when there can be none. */
  readonly good: Readonly<Record<string, Argument>> | undefined;
  /** The descriptor that the call is made on: the node, or a file that it handed out. */
  readonly on: Value;
  private readonly call: CallDescription;
  private readonly outlook: Outlook;
  private readonly pick: Pick | undefined;
  private readonly filling: 'good calls' | 'none';
  /** Where the events that the call queues are read to; undefined for a call that queues none. */
  private readonly events: Value | undefined;

  /**
   * @param pick chooses the kind of good call that everything is a change of
   * @param filling what comes after each probe: nothing, where only the model is asked, which needs no control
   */
  constructor(
    context: PlanContext,
    call: CallDescription,
    pick?: Pick,
    filling: 'good calls' | 'none' = 'good calls',
  ) {
    this.call = call;
    this.pick = pick;
    this.filling = filling;
    this.maker = new CallMaker(this.builder, context);
    this.outlook = outlook(context, call);
    const queues = queuesEvents(call);
    const { step, fd } = this.builder.open(context.nodePath, queues ? O_RDWR | O_NONBLOCK : O_RDWR);
    this.events = queues ? addressOf(this.builder.buffer(EVENT_ROOM, { align: 'start' })) : undefined;
    this.fd = fd;
    this.controls = [step];
    const on = this.outlook.kind === 'succeeds' ? this.maker.descriptorFor(fd, call) : undefined;
    this.on = on?.fd ?? fd;
    if (on) this.controls.push(...on.steps);
    this.good = on && this.control();
  }

  private control(): Record<string, Argument> | undefined {
    const made = this.maker.goodArguments(this.fd, this.call, this.pick);
    const good = made && {
      ...made,
      step: this.maker.call(this.on, this.call, made.values, { label: `${this.call.name} (control)` }),
    };
    if (good) this.controls.push(...good.setup, good.step);
    this.readEvents();
    return good?.values;
  }

  /** What a call has queued, rightly or not, leaves the next one as much room as it had. */
  private readEvents(): void {
    if (this.events)
      this.builder.step('read the events', 'read', [this.fd, this.events, constant(EVENT_ROOM)]);
  }

  /** Members of another good call, whose preparation counts as control. */
  arguments(): Record<string, Argument> {
    const made = this.maker.goodArguments(this.fd, this.call, this.pick)!;
    this.controls.push(...made.setup);
    return made.values;
  }

  /** One changed call, and a good one after it. */
  probe(values: Arguments, label: string, shape: CallShape = {}): void {
    const all = { ...shape, poison: POISON, label: `${this.call.name}: ${label}` };
    this.probes.push(this.maker.call(this.on, this.call, values, all));
    this.readEvents();
    if (this.filling === 'good calls') this.control();
  }

  /** Steps for an instance, and why there are none. */
  steps(): { controls: number[]; probes: number[]; notReached?: string } {
    const notReached = this.good ? {} : { notReached: whyNot(this.outlook) };
    return { controls: this.controls, probes: this.probes, ...notReached };
  }
}

/** Why a call cannot be made to succeed here. */
export function whyNot(outlook: Outlook): string {
  if (outlook.kind === 'refused')
    return `every call is refused here with ${outlook.check.errno}: ${printCondition(outlook.check.when)}`;
  return 'no described call creates what it needs';
}
