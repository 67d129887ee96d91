/** A program in which the device goes while it is open, and comes back at the end. */
import { nodeKindOf, nodeNames } from '../../reference/index.ts';
import { type CallDescription, systemConstant, type Value, walk } from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { type Binding, O_RDWR, type PlanContext } from '../plan/context.ts';

export const O_NONBLOCK = systemConstant('O_NONBLOCK');
/** Under emulation a driver takes a tenth of a second to leave; one may wait for its jobs. */
const BINDING_MS = 20_000;

/** How the device goes: root unbinds its driver, or a call of the driver takes it away. */
export interface Way {
  readonly name: string;
  readonly call?: CallDescription;
}

/** The call of a driver that takes its own device away, as if it had been pulled out. */
function ownUnplug(context: PlanContext): CallDescription[] {
  return [...context.driver.calls.values()].filter(
    call =>
      call.request && walk(call.semantics.body).some(rule => 'effect' in rule && rule.effect === 'unplug'),
  );
}

export function ways(context: PlanContext): Way[] {
  return [{ name: 'unbind' }, ...ownUnplug(context).map(call => ({ name: call.semantics.key, call }))];
}

function writeName(builder: ProgramBuilder, { driver, device }: Binding, what: 'bind' | 'unbind'): number {
  const data = new TextEncoder().encode(device);
  const buffer = builder.buffer(data.length, { data });
  const args = [builder.path(`${driver}/${what}`), addressOf(buffer), constant(data.length)];
  return builder.step(`${what} ${device}`, 'writefile', args, { deadline: BINDING_MS });
}

/** Unbinds whatever is left and binds again; either may find that there is nothing to do. */
function restoring(binding: Binding): Case['restore'] & object {
  const builder = new ProgramBuilder();
  writeName(builder, binding, 'unbind');
  writeName(builder, binding, 'bind');
  return builder.build();
}

export class UnplugScene {
  readonly builder: ProgramBuilder;
  readonly maker: CallMaker;
  readonly context: PlanContext;
  readonly way: Way;
  /** Steps that every instance of the program rests on. */
  readonly controls: number[] = [];
  readonly fd: Value;
  private readonly binding: Binding;

  constructor(context: PlanContext, way: Way, flags = 0, builder = new ProgramBuilder()) {
    this.builder = builder;
    this.context = context;
    this.way = way;
    this.binding = context.binding!;
    this.maker = new CallMaker(builder, context);
    this.fd = this.open(this.context.nodePath, flags);
  }

  open(path = this.context.nodePath, flags = 0): Value {
    const { step, fd } = this.builder.open(path, O_RDWR | flags);
    this.controls.push(step);
    return fd;
  }

  /** The path that the node of a device with this minor has. */
  pathOf(minor: number): string {
    return nodeNames(nodeKindOf(this.context.nodePath), minor).path;
  }

  /** The device goes. */
  leave(fd = this.fd): void {
    const { call } = this.way;
    if (call) this.controls.push(this.unplug(fd, call));
    else this.controls.push(writeName(this.builder, this.binding, 'unbind'));
  }

  unplug(fd: Value, call: CallDescription, label = `${call.name}: the device goes`): number {
    return this.maker.call(fd, call, this.maker.described(fd, call)!.values, { label, deadline: BINDING_MS });
  }

  /** The driver is given the device again; gives the step. */
  back(): number {
    // After its own call the driver still has the device that it took away.
    if (this.way.call) this.controls.push(writeName(this.builder, this.binding, 'unbind'));
    return writeName(this.builder, this.binding, 'bind');
  }

  /** Unbinds a second time, whichever way the device went first. */
  unbind(): number {
    return writeName(this.builder, this.binding, 'unbind');
  }

  bind(): number {
    return writeName(this.builder, this.binding, 'bind');
  }

  version(fd: Value, label: string): number {
    const call = this.context.driver.calls.get('DRM_IOCTL_VERSION')!;
    return this.maker.good(fd, call, { label })!.step;
  }

  /** Closes what is held, brings the device back, and looks whether it works: the end of every program. */
  end(...held: Value[]): void {
    for (const fd of [...held, this.fd]) this.builder.close(fd);
    this.restored();
  }

  /** The device comes back and works; a case after which it does not is followed by its restoring program. */
  restored(): void {
    this.back();
    const fd = this.builder.open(this.context.nodePath, O_RDWR, 'open the node again').fd;
    this.version(fd, 'DRM_IOCTL_VERSION of the device that is back');
    this.builder.close(fd);
  }

  case(name: string, instances: readonly Instance[], more: Partial<Case> = {}): Case {
    const { builder, way } = this;
    return {
      name: `${way.name}.${name}`,
      family: 'unplug',
      tier: 'disturbing',
      program: builder.build(),
      labels: builder.labels,
      restore: restoring(this.binding),
      instances: instances.map(each => ({ ...each, instance: instanceName(each.instance, way) })),
      ...more,
    };
  }
}

/** Unbinding is the plain way, which every driver has. */
export function instanceName(instance: string, { call }: Way): string {
  return call ? `${instance}.${call.semantics.key}` : instance;
}
