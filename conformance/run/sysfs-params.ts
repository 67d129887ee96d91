/** Device parameters that a driver shows as files of the device that carries its node. */
import { nodeKindOf, nodeNames } from '../../reference/index.ts';
import { type DriverDescription, errnoName, type Link } from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import { contentAfter } from './identity.ts';

const TEXT_ROOM = 256;

/** Reads the files of sysfs that the driver's manifest names for its device parameters. */
export async function readParams(
  link: Link,
  driver: DriverDescription,
  nodePath: string,
  minor: number,
  missing: Map<string, string>,
): Promise<[string, bigint | string][]> {
  const names = nodeNames(nodeKindOf(nodePath), minor);
  const found: [string, bigint | string][] = [];
  for (const [name, { file, type }] of Object.entries(driver.manifest.params)) {
    if (file === undefined) continue;
    const path = `/sys/class/${names.class}/${names.name}/device/${file}`;
    const builder = new ProgramBuilder();
    const room = builder.buffer(TEXT_ROOM, { align: 'start' });
    builder.step(`read ${path}`, 'readfile', [builder.path(path), addressOf(room), constant(TEXT_ROOM)]);
    const trace = await link.run(builder.build());
    const result = trace.results[0];
    const length = Number(result?.ret ?? 0);
    const text = new TextDecoder().decode(contentAfter(trace, room).subarray(0, Math.max(0, length))).trim();
    if (result?.errno !== 0) missing.set(name, `${path} answered ${errnoName(result?.errno ?? 0)}`);
    else if (type === 'number' && !/^-?\d+$/.test(text))
      missing.set(name, `${path} holds ${JSON.stringify(text)}, which is no number`);
    else found.push([name, type === 'number' ? BigInt(text) : text]);
  }
  return found;
}
