/** open() of a node: accel_open() and drm_open_helper(), by the open body of the description. */
import { systemConstant } from '../../schemas/index.ts';
import type { Machine, StepOutcome } from '../machine/machine.ts';
import { type CallContext, runBody } from '../model/body.ts';
import { environmentOf, sceneOf } from './environment.ts';
import { Client, type KernelObject } from './objects.ts';

const O_NONBLOCK = BigInt(systemConstant('O_NONBLOCK'));

export function openNode(machine: Machine, minor: bigint, flags: bigint, primary = false): StepOutcome {
  const call = machine.driver.calls.get('open')!;
  const { clients, control } = machine.faults;
  const { device } = machine;
  if (clients !== undefined && device.openers >= clients) return { ...machine.fail('EBUSY'), call };
  if (control === 'counts-as-client' && [...device.clients].some(client => client.control))
    return { ...machine.fail('EBUSY'), call };
  const fields: Record<string, bigint> = { minor, flags };
  const bindings = new Map<string, KernelObject>();
  const { behaviour } = machine;
  const scene = sceneOf(machine, undefined, bindings);
  const env = environmentOf(machine, {
    client: undefined,
    bindings,
    behaviour,
    scene,
    field: name => fields[name]!,
  });
  let ret = -1n;
  const none = (): never => {
    throw new Error('open has no argument memory');
  };
  const context: CallContext = {
    name: call.name,
    env,
    oracle: machine.oracle,
    behaviour,
    scene,
    bindings,
    environmental: call.semantics.environmental ?? [],
    setField: (_rule, value) => {
      ret = value;
    },
    visible: () => ({ kind: 'return' }),
    addDescriptor: (descriptor, _kind, _object, closeOnExec) => {
      const client = new Client(machine.device, machine.privileged(), primary);
      machine.device.clients.add(client);
      machine.descriptors.set(descriptor, {
        file: { kind: 'node', client, nonBlocking: (flags & O_NONBLOCK) !== 0n },
        closeOnExec,
      });
    },
    lowestDescriptor: machine.lowestDescriptor,
    descriptorUnseen: none,
    descriptorInUse: machine.descriptorInUse,
    unseen: () => {},
    writeUser: none,
    unpredicted: none,
    findDescriptor: none,
    element: none,
    arrayOf: none,
    find: none,
    addHandle: none,
    removeHandle: none,
    lowestFree: none,
    stable: none,
    mayBeGone: none,
    encodeStruct: none,
  };
  const result = runBody(call.semantics.body, context);
  if (result.errno)
    return { ...machine.fail(result.errno), call, ...(result.rule ? { rule: result.rule } : {}) };
  return { status: 'done', ret, signal: 0, call, origins: [] };
}
