/** Programs about the node for information beside the compute node. */
import { controlPath } from '../../reference/index.ts';
import { type CallDescription, systemConstant, type Value } from '../../schemas/index.ts';
import { goodValuesOf } from '../plan/arguments.ts';
import { ProgramBuilder } from '../plan/builder.ts';
import { type Arguments, CallMaker, type Pick } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { ioctls, O_RDWR, type PlanContext } from '../plan/context.ts';
import { model } from '../plan/model.ts';
import { offered, outlook } from '../plan/outlook.ts';
import { payloads, pickKind } from '../plan/payloads.ts';
import { POISON } from '../plan/sandwich.ts';
import { nameOf } from './isolation-client.ts';
import type { Watched } from './isolation-trace.ts';
import { poisonTargets } from './output.ts';

const O_RDONLY = systemConstant('O_RDONLY');
/** Values of a selector that are asked for. */
const MOST_KINDS = 64;

/** The calls that the node takes, as far as they can succeed here. */
export function queriesOf(context: PlanContext): CallDescription[] {
  const taken = context.driver.manifest.control_calls ?? [];
  return offered(context, ioctls(context.driver)).filter(
    call => (taken as readonly string[]).includes(call.name) && outlook(context, call).kind === 'succeeds',
  );
}

/** A way to ask a query. */
export interface Kind {
  readonly pick: Pick;
  /** The driver lists that the answer tells what clients do. */
  readonly open: boolean;
}

/** Ways to ask that the node takes: one for each kind of good call, or else for each value of a selector. */
export function kindsOf(context: PlanContext, call: CallDescription): Kind[] {
  const scene = new ControlScene(context);
  const { fd } = scene.control();
  const asked = picksOf(context, call).map(pick => ({ pick, ...scene.made(fd, call, pick) }));
  const outcomes = model(context, scene.builder.build());
  return asked
    .filter(({ step }) => outcomes[step]?.errno === undefined)
    .map(({ pick, values }) => ({ pick, open: isOpen(context, call, values) }));
}

/** Whether the driver lists what these arguments ask for. */
function isOpen({ driver }: PlanContext, call: CallDescription, values: Arguments): boolean {
  const open = (driver.manifest.public?.[call.name] ?? []).map(name => driver.types.constantValue(name));
  return Object.entries(call.semantics.fields).some(
    ([name, { role }]) => role === 'selector' && open.includes(values[name] as bigint),
  );
}

function picksOf({ driver }: PlanContext, call: CallDescription): Pick[] {
  const made = payloads(call).length;
  if (made > 0) return Array.from({ length: Math.min(MOST_KINDS, made) }, (_, kind) => pickKind(kind));
  const selectors = Object.entries(call.semantics.fields)
    .filter(([, { role, direction }]) => role === 'selector' && direction !== 'out')
    .map(([name]) => name);
  const counts = selectors.map(name => goodValuesOf(driver, call, name).length);
  return Array.from(
    { length: Math.min(MOST_KINDS, Math.max(1, ...counts)) },
    (_, kind): Pick =>
      (field, count) =>
        selectors.includes(field) ? kind % count : 0,
  );
}

export class ControlScene {
  readonly builder: ProgramBuilder;
  readonly maker: CallMaker;
  readonly context: PlanContext;
  /** Steps that every instance of the program rests on. */
  readonly controls: number[] = [];

  constructor(context: PlanContext, builder = new ProgramBuilder()) {
    this.context = context;
    this.builder = builder;
    this.maker = new CallMaker(this.builder, context);
  }

  get path(): string {
    return controlPath(this.context.driver, this.context.minor)!;
  }

  /** Opens the node for information. */
  control(label = `open ${this.path}`): { step: number; fd: Value } {
    return this.builder.open(this.path, O_RDONLY, label);
  }

  /** Opens the compute node. */
  node(label?: string): Value {
    const { step, fd } = this.builder.open(this.context.nodePath, O_RDWR, label);
    this.controls.push(step);
    return fd;
  }

  get version(): CallDescription {
    return this.context.driver.calls.get(this.first)!;
  }

  /** The call that everything else is held against. */
  private get first(): string {
    const taken = this.context.driver.manifest.control_calls!;
    return taken.includes('DRM_IOCTL_VERSION') ? 'DRM_IOCTL_VERSION' : taken[0]!;
  }

  /** A good query; gives the step. */
  query(fd: Value, call = this.version, pick?: Pick, label = `${call.name} on it`): number {
    return this.made(fd, call, pick, label).step;
  }

  /** The same with what it was asked with. */
  made(fd: Value, call: CallDescription, pick?: Pick, label = `${call.name} on it`) {
    const values = this.maker.goodArguments(fd, call, pick)?.values ?? {};
    // The answer to another query lies there, and what this one leaves alone of it would be taken for its own.
    poisonTargets(this.builder, values, POISON);
    return { values, step: this.maker.call(fd, call, values, { poison: POISON, label }) };
  }

  /** Good arguments of any call, made by the compute node; empty where there are none. */
  arguments(node: Value, call: CallDescription): Arguments {
    return this.maker.goodArguments(node, call)?.values ?? {};
  }

  case(name: string, instances: readonly Instance[], more: Partial<Case> = {}): Case {
    const { builder } = this;
    return { name, family: 'control', program: builder.build(), labels: builder.labels, instances, ...more };
  }
}

/** A query as it is compared with another one. */
export function watchedQuery({ builder, maker }: ControlScene, call: CallDescription, step: number): Watched {
  const { fields } = maker.layout(call);
  const argument = builder.build().steps[step]!.args[2];
  const named = (buffer: number, at: number) =>
    argument?.kind === 'address' && buffer === argument.buffer ? nameOf(fields, at) : undefined;
  return { step, label: builder.labels[step]!, shared: [], name: named };
}
