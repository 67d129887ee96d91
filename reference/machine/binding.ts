/**
 * The driver leaves its device and comes back: root writes the name of the device to `unbind` or `bind` of the driver
 * (drivers/base/bus.c: unbind_store, bind_store). A new device takes the lowest free minor; that of an old one is
 * free when its last descriptor is closed (drivers/gpu/drm/drm_drv.c:118, drm_minor_alloc_release).
 */

import { BodyContext } from '../drm/body-context.ts';
import { hideControl, showControl } from '../drm/control-node.ts';
import { Device } from '../drm/objects.ts';
import { runBody } from '../model/body.ts';
import { addNode, attributesOf, PARENT, removeNode } from './files.ts';
import { followed } from './followed.ts';
import type { Machine, StepOutcome } from './machine.ts';
import { nodeKindOf } from './node-names.ts';

/** The fault `held-up`: longer than any call sleeps. */
const HELD_UP_NS = 60_000_000_000n;
const FILE = /^\/sys\/bus\/[^/]+\/drivers\/[^/]+\/(bind|unbind)$/;

/** Undefined for any other file. Programs bind and unbind no device but the one that they are about. */
export function writeBinding(
  machine: Machine,
  path: string,
  address: bigint,
  length: bigint,
): StepOutcome | undefined {
  const what = FILE.exec(path)?.[1];
  if (what === undefined) return undefined;
  const name = new TextDecoder().decode(machine.memory.read(address, Number(length))).trim();
  const there = machine.files.get(path) !== undefined;
  const { left } = machine.device;
  const right = there && name === PARENT && left === (what === 'bind');
  const seen = followed(machine, right);
  const { asleep, running } = machine.calls;
  const others = [...asleep].some(entered => entered !== running);
  if (seen && what === 'unbind' && machine.faults.unplug === 'held-up' && others)
    machine.clock.sleep?.(machine.clock.now() + HELD_UP_NS);
  if (seen && what === 'unbind') unbind(machine);
  if (seen && what === 'bind') bind(machine);
  if (seen) return machine.done(length);
  if (!there) return machine.fail('ENOENT');
  return machine.fail(what === 'bind' && name === PARENT ? 'EBUSY' : 'ENODEV');
}

const none = (): never => {
  throw new Error('the body of unbind has no fields');
};

function unbind(machine: Machine): void {
  const { device, driver } = machine;
  const call = driver.calls.get('unbind')!;
  runBody(call.semantics.body, new BodyContext(machine, call, undefined, none));
  device.left = true;
  hideNode(machine, device);
  machine.options.bound?.(false);
}

/** The node goes with its device. */
export function hideNode(machine: Machine, { minor }: Device): void {
  const { faults, files, options } = machine;
  if (faults.unplug !== 'files-stay') removeNode(files, Number(minor), nodeKindOf(options.nodePath));
  if (faults.unplug === 'mappings-end')
    for (const [base, { length }] of machine.mappings) machine.memory.unmap(base, length);
  if (faults.unplug === 'buffers-end')
    for (const [number, { file }] of machine.descriptors)
      if (file.kind === 'dma-buf' || file.kind === 'sync-file') machine.descriptors.delete(number);
  hideControl(machine, machine.device);
}

function bind(machine: Machine): void {
  const { device: old, devices, faults, files, options, driver } = machine;
  if (faults.unplug === 'stays-away') return;
  const used = devices.filter(({ clients }) => clients.size > 0).map(({ minor }) => minor);
  let minor = BigInt(options.minor);
  while (used.includes(minor)) minor += 1n;
  const device = new Device(minor, old.params, options.mood);
  machine.device = device;
  devices.push(device);
  if (faults.unplug === 'revives') {
    for (const client of old.clients) {
      client.device = device;
      device.clients.add(client);
    }
    old.clients.clear();
  }
  const attributes = attributesOf(driver, options.params);
  addNode(files, Number(minor), faults, nodeKindOf(options.nodePath), driver.name, attributes);
  showControl(machine, device);
  machine.options.bound?.(true);
}
