/** Whether devlink answers for the device that carries a node, and under which numbers. */
import { nodeKindOf, nodeNames } from '../../reference/index.ts';
import { type Link, netlinkFamilies } from '../../schemas/index.ts';
import { exchangesOf } from '../netlink/answers.ts';
import { familyNumbers } from '../netlink/identify.ts';
import { NetlinkScene } from '../netlink/scene.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import type { ManagedPeer } from '../plan/context.ts';
import { contentAfter, TargetError } from './identity.ts';

const ROOM = 1024;

/** Undefined where nothing says so, whatever the reason. */
export async function findManaged(
  link: Link,
  nodePath: string,
  minor: number,
): Promise<ManagedPeer | undefined> {
  if (!link.hello.netlink) return undefined;
  const { major } = nodeNames(nodeKindOf(nodePath), minor);
  const builder = new ProgramBuilder();
  const looks = ['device', 'device/subsystem'].map(name => {
    const path = `/sys/dev/char/${major}:${minor}/${name}`;
    const buffer = builder.buffer(ROOM, { align: 'start' });
    const args = [builder.path(path), addressOf(buffer), constant(ROOM)];
    return { buffer, step: builder.step(`where ${path} leads`, 'readlink', args) };
  });
  const trace = await link.run(builder.build());
  const [device, bus] = looks.map(({ buffer, step }) => {
    const result = trace.results[step];
    if (result?.errno !== 0) return undefined;
    const target = new TextDecoder().decode(contentAfter(trace, buffer).subarray(0, Number(result.ret)));
    return target.slice(target.lastIndexOf('/') + 1);
  });
  if (!device || !bus) return undefined;
  const numbers = await familyNumbers(link, 'devlink', '').catch((error: unknown) => {
    if (error instanceof TargetError) return undefined;
    throw error;
  });
  const group = numbers?.groups.get('config');
  if (!numbers || group === undefined) return undefined;
  const family = netlinkFamilies().get('devlink')!;
  const scene = new NetlinkScene(family, numbers.number);
  scene.socket();
  const asked = scene.ask('get', [
    ['bus-name', bus],
    ['dev-name', device],
  ]);
  const answer = exchangesOf(family, numbers.number, await link.run(scene.build().program)).find(
    ({ step }) => step === asked,
  );
  const known = answer?.answers.some(({ kind }) => kind === 'reply') === true;
  return known ? { family: numbers.number, group, bus, device } : undefined;
}
