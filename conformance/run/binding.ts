/** How the driver can be taken from the device: its place on its bus, as sysfs tells it. */
import { nodeKindOf, nodeNames } from '../../reference/index.ts';
import type { Link } from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import type { Binding } from '../plan/context.ts';
import { contentAfter } from './identity.ts';

const ROOM = 1024;

/** Undefined when the device has no driver of its own, or sysfs does not tell. */
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
  return device && driver && bus ? { driver: `/sys/bus/${bus}/drivers/${driver}`, device } : undefined;
}
