/** open() of a node: accel_open() and drm_open_helper(), by the open body of the description. */
import { type FileKind, type SetRule, systemConstant } from '../../schemas/index.ts';
import type { Machine, StepOutcome } from '../machine/machine.ts';
import { runBody } from '../model/body.ts';
import type { Place } from '../model/oracle.ts';
import { BodyContext } from './body-context.ts';
import { Client, type KernelObject } from './objects.ts';

const O_NONBLOCK = BigInt(systemConstant('O_NONBLOCK'));

/** A body that makes a client, and returns its descriptor. */
class OpenContext extends BodyContext {
  ret = -1n;
  private readonly machine: Machine;
  private readonly flags: bigint;
  private readonly primary: boolean;

  constructor(machine: Machine, minor: bigint, flags: bigint, primary: boolean) {
    const fields: Record<string, bigint> = { minor, flags };
    super(machine, machine.driver.calls.get('open')!, undefined, name => fields[name]!);
    this.machine = machine;
    this.flags = flags;
    this.primary = primary;
  }

  override setField(_rule: SetRule, value: bigint): void {
    this.ret = value;
  }

  override visible(): Place {
    return { kind: 'return' };
  }

  override addDescriptor(
    descriptor: bigint,
    _kind: FileKind,
    _object: KernelObject,
    closeOnExec: boolean,
  ): void {
    const { machine } = this;
    const client = new Client(machine.device, machine.privileged(), this.primary);
    machine.device.clients.add(client);
    machine.descriptors.set(descriptor, {
      file: { kind: 'node', client, nonBlocking: (this.flags & O_NONBLOCK) !== 0n },
      closeOnExec,
    });
  }

  override lowestDescriptor(): bigint {
    return this.machine.lowestDescriptor();
  }

  override descriptorInUse(descriptor: bigint): boolean {
    return this.machine.descriptorInUse(descriptor);
  }

  override unseen(): void {}
}

export function openNode(machine: Machine, minor: bigint, flags: bigint, primary = false): StepOutcome {
  const { clients, control } = machine.faults;
  const { device } = machine;
  const context = new OpenContext(machine, minor, flags, primary);
  const { call } = context;
  if (clients !== undefined && device.openers >= clients) return { ...machine.fail('EBUSY'), call };
  if (control === 'counts-as-client' && [...device.clients].some(client => client.control))
    return { ...machine.fail('EBUSY'), call };
  const result = runBody(call.semantics.body, context);
  if (result.errno)
    return { ...machine.fail(result.errno), call, ...(result.rule ? { rule: result.rule } : {}) };
  return { status: 'done', ret: context.ret, signal: 0, call, origins: [] };
}
