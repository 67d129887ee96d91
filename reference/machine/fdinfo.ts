/** What /proc/self/fdinfo tells of a descriptor of a node (Documentation/gpu/drm-usage-stats.rst), and of a dma-buf. */
import type { Client, Device, KernelObject } from '../drm/objects.ts';
import { nameOfFile } from '../sync/sync-file.ts';
import { openFiles } from './clients.ts';
import type { Machine } from './machine.ts';

const PATH = /^\/proc\/self\/fdinfo\/(\d+)$/;
const KIB = 1024n;

/** A size as drm_fdinfo_print_size() prints it (drivers/gpu/drm/drm_file.c:845). */
function size(bytes: bigint): string {
  const units = ['', ' KiB', ' MiB'];
  let [left, unit] = [bytes, 0];
  while (unit < units.length - 1 && left > 0n && left % KIB === 0n) {
    left /= KIB;
    unit += 1;
  }
  return `${left}${units[unit]}`;
}

/** drm_show_memory_stats() (drivers/gpu/drm/drm_file.c:915) */
function memory(client: Client): string[] {
  let [own, shared] = [0n, 0n];
  for (const object of client.table('gem_handle').values()) {
    const bytes = object.properties.get('size') ?? 0n;
    const handles = [...client.device.clients].reduce(
      (count, other) =>
        count + [...other.table('gem_handle').values()].filter(each => each === object).length,
      0,
    );
    if (handles > 1) shared += bytes;
    else own += bytes;
  }
  return [`drm-total-memory:\t${size(own + shared)}`, `drm-shared-memory:\t${size(shared)}`];
}

/** dma_buf_show_fdinfo() (drivers/dma-buf/dma-buf.c:595) */
function ofBuffer(machine: Machine, object: KernelObject): string {
  const count = openFiles(machine).filter(file => file.kind === 'dma-buf' && file.object === object).length;
  const name = nameOfFile(object);
  const lines = ['pos:\t0', 'flags:\t02000002', 'mnt_id:\t1', 'ino:\t1'];
  lines.push(`size:\t${object.properties.get('size') ?? 0n}`, `count:\t${count}`, 'exp_name:\tdrm');
  if (name) lines.push(`name:\t${new TextDecoder().decode(name)}`);
  return lines.map(line => `${line}\n`).join('');
}

/** Nobody's use of the device is told of the node for information. */
function controlLines({ faults }: Machine, { clients }: Device): string[] {
  return faults.control === 'fdinfo-tells' ? [...clients].flatMap(memory) : [];
}

/** The text, or undefined for a path or a descriptor of another kind. */
export function fdinfo(machine: Machine, path: string): string | undefined {
  const number = PATH.exec(path)?.[1];
  const file = number === undefined ? undefined : machine.descriptors.get(BigInt(number))?.file;
  if (file?.kind === 'dma-buf') return ofBuffer(machine, file.object);
  if (file?.kind !== 'node') return undefined;
  const lines = ['pos:\t0', 'flags:\t0100002', 'mnt_id:\t1', 'ino:\t1'];
  const { driver, behaviour, clock } = machine;
  const { device, control } = file.client;
  if (control)
    return lines
      .concat(controlLines(machine, device))
      .map(line => `${line}\n`)
      .join('');
  // drm_show_fdinfo() enters the device (drivers/gpu/drm/drm_file.c:981).
  if (driver.manifest.fdinfo && !device.unplugged) {
    lines.push(`drm-driver:\t${device.params.get('version.name')}`, `drm-client-id:\t${file.client.id}`);
    if (file.client.name !== '') lines.push(`drm-client-name:\t${file.client.name}`);
    lines.push(...(behaviour.usage?.(device, file.client, clock) ?? []), ...memory(file.client));
  }
  const text = lines.map(line => `${line}\n`).join('');
  return machine.faults.fdinfo?.(text, file.client) ?? text;
}
