/** How the driver can be taken from the device: its place on its bus, as sysfs tells it. */
import { nodeKindOf, nodeNames } from '../../reference/index.ts';
import type { Link } from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import type { Binding } from '../plan/context.ts';
import { contentAfter } from './identity.ts';

const ROOM = 1024;
const LIST_ROOM = 4096;
/** Names of nodes as their class lists them. */
const NODE = /^(?:accel|renderD)(\d+)$/;

/** Undefined when the device has no driver that can be unbound, or sysfs does not tell. */
export async function findBinding(link: Link, nodePath: string, minor: number): Promise<Binding | undefined> {
  const { major } = nodeNames(nodeKindOf(nodePath), minor);
  const builder = new ProgramBuilder();
  const looks = ['device', 'device/driver', 'device/subsystem'].map(name => {
    const path = `/sys/dev/char/${major}:${minor}/${name}`;
    const buffer = builder.buffer(ROOM, { align: 'start' });
    const args = [builder.path(path), addressOf(buffer), constant(ROOM)];
    return { buffer, step: builder.step(`where ${path} leads`, 'readlink', args) };
  });
  const trace = await link.run(builder.build());
  const [device, driver, bus] = looks.map(({ buffer, step }) => {
    const result = trace.results[step];
    if (result?.errno !== 0) return undefined;
    const target = new TextDecoder().decode(contentAfter(trace, buffer).subarray(0, Number(result.ret)));
    return target.slice(target.lastIndexOf('/') + 1);
  });
  const folder = `/sys/bus/${bus}/drivers/${driver}`;
  if (!device || !driver || !bus || !(await canUnbind(link, folder))) return undefined;
  return { driver: folder, device };
}

/** A driver may keep what it has: suppress_bind_attrs (drivers/base/bus.c: bus_add_driver). */
async function canUnbind(link: Link, folder: string): Promise<boolean> {
  const builder = new ProgramBuilder();
  const status = addressOf(builder.buffer(ROOM, { align: 'start' }));
  builder.step(`whether ${folder}/unbind is there`, 'stat', [builder.path(`${folder}/unbind`), status]);
  return (await link.run(builder.build())).results[0]?.errno === 0;
}

/** The number of the node that the device has now; undefined when it has none. */
export async function findMinor(link: Link, nodePath: string, binding: Binding): Promise<number | undefined> {
  const path = `/sys/class/${nodeNames(nodeKindOf(nodePath), 0).class}`;
  const builder = new ProgramBuilder();
  const names = builder.buffer(LIST_ROOM, { align: 'start' });
  builder.step(`list ${path}`, 'listdir', [builder.path(path), addressOf(names), constant(LIST_ROOM)]);
  const trace = await link.run(builder.build());
  const length = Math.max(0, Number(trace.results[0]?.ret ?? 0n));
  const text = new TextDecoder().decode(contentAfter(trace, names).subarray(0, length));
  for (const name of text.split('\0')) {
    const minor = NODE.exec(name)?.[1];
    if (minor === undefined) continue;
    const found = await findBinding(link, nodePath, Number(minor));
    if (found?.device === binding.device && found.driver === binding.driver) return Number(minor);
  }
  return undefined;
}
