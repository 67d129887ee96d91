/** How long clients live: with the open files of the process and of those that it forked. */
import type { Machine, OpenFile } from './machine.ts';

export function openFiles(machine: Machine): OpenFile[] {
  const forked = machine.faults.forgetsFork ? [] : [...machine.children.values()];
  const tables = [machine.descriptors, ...forked.map(({ descriptors }) => descriptors)];
  return tables.flatMap(table => [...table.values()].map(({ file }) => file));
}

/** A client goes with the last descriptor of it. */
export function releaseClients(machine: Machine): void {
  const { behaviour, clock } = machine;
  const held = new Set(openFiles(machine).map(file => (file.kind === 'node' ? file.client : undefined)));
  for (const device of machine.devices) {
    for (const client of [...device.clients]) {
      if (held.has(client)) continue;
      device.clients.delete(client);
      behaviour.closed?.(device, client, clock);
      for (const object of client.table('gem_handle').values()) device.forgetName(object);
    }
  }
}
