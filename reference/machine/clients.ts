/** How long clients live: with the open files of the process and of those that it forked. */
import { type DriverDescription, walk } from '../../schemas/index.ts';
import { Fence } from '../sync/fence.ts';
import { forgetFence } from '../sync/syncobj.ts';
import { addWhen } from './event-counter.ts';
import type { Descriptor, Machine, OpenFile } from './machine.ts';
import { allMappings } from './mapping.ts';

const SYNCOBJ = 'syncobj_handle';

export function openFiles(machine: Machine): OpenFile[] {
  const open: OpenFile[] = [];
  const add = (table: ReadonlyMap<bigint, Descriptor>) => {
    for (const { file } of table.values()) open.push(file);
  };
  add(machine.descriptors);
  if (!machine.faults.forgetsFork) for (const { descriptors } of machine.children.values()) add(descriptors);
  for (const { files } of machine.calls.asleep) open.push(...files);
  return open;
}

/** A client goes with the last descriptor of it, or the last mapping that was made through it. */
export function releaseClients(machine: Machine): void {
  const { behaviour, clock } = machine;
  const held = new Set([
    ...openFiles(machine).map(file => (file.kind === 'node' ? file.client : undefined)),
    ...allMappings(machine).map(({ client }) => client),
  ]);
  for (const device of machine.devices) {
    for (const client of [...device.clients]) {
      if (held.has(client)) continue;
      device.clients.delete(client);
      behaviour.closed?.(device, client, clock);
      if (machine.faults.namesStay) continue;
      for (const object of client.table('gem_handle').values()) device.forgetName(object);
    }
  }
}

const resources = new WeakMap<DriverDescription, ReadonlySet<string>>();

/** What the calls of a driver give handles of. */
function resourcesOf(driver: DriverDescription): ReadonlySet<string> {
  let found = resources.get(driver);
  if (!found) {
    const rules = [...driver.calls.values()].flatMap(call => [...walk(call.semantics.body)]);
    const fresh = rules.flatMap(rule => ('set' in rule && 'fresh' in rule.to ? [rule.to.fresh] : []));
    found = new Set(fresh);
    resources.set(driver, found);
  }
  return found;
}

/** What a call did that was only followed the model cannot know: handles, names, fences. */
export function loseSight(machine: Machine): void {
  machine.device.unseen.add('name');
  for (const client of machine.devices.flatMap(({ clients }) => [...clients])) {
    for (const resource of resourcesOf(machine.driver)) client.unseen.add(resource);
    for (const object of client.table(SYNCOBJ).values()) forgetFence(object);
  }
  for (const file of openFiles(machine)) {
    if (file.kind === 'syncobj') forgetFence(file.object);
    if (file.kind === 'eventfd') addWhen(file.object, new Fence(undefined));
  }
}
