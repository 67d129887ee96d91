/** Asks a target for the family drm-ras and its nodes. */
import { RAS_CONTROL } from '../../reference/index.ts';
import {
  askFamily,
  CONTROLLER,
  decodeAck,
  decodeMessages,
  encodeMessage,
  errnoName,
  type FamilyNumbers,
  fieldValue,
  type Link,
  NLM_F,
  netlinkFamilies,
  type Trace,
  toldFamily,
} from '../../schemas/index.ts';
import { TargetError } from '../run/identity.ts';
import { exchangesOf } from './answers.ts';
import { RAS, type RasPeer } from './peer.ts';
import { NetlinkScene } from './scene.ts';

const READS = 3;

/** The numbers of a family and its groups, by its name. */
export async function familyNumbers(link: Link, name: string, advice: string): Promise<FamilyNumbers> {
  if (!link.hello.netlink)
    throw new TargetError(`the executor has no netlink sockets, by which ${name} is asked; take a newer one`);
  const scene = new NetlinkScene(netlinkFamilies().get(RAS)!, CONTROLLER);
  scene.socket();
  const payload = askFamily(name);
  const flags = NLM_F.request | NLM_F.ack;
  const sent = scene.send(
    `find ${name}`,
    encodeMessage({ type: CONTROLLER, flags, sequence: 1, port: 0, payload }),
  );
  scene.receive(READS);
  const { program } = scene.build();
  const trace = await link.run(program);
  const opened = trace.results[0]?.errno ?? 0;
  if (opened !== 0)
    throw new TargetError(
      `the target opens no netlink socket (${errnoName(opened)}); take one whose kernel has generic netlink`,
    );
  const content = new Uint8Array(program.buffers[0]!.size);
  for (const { step, ret, errno, diffs } of trace.results) {
    for (const { buffer, offset, bytes } of diffs) if (buffer === 0) content.set(bytes, offset);
    if (step <= sent || errno !== 0) continue;
    for (const message of decodeMessages(content.slice(0, Number(ret))).messages) {
      const family = message.type === CONTROLLER ? toldFamily(message.payload) : undefined;
      if (family) return family;
      const ack = decodeAck(message);
      if (ack && ack.errno !== 0)
        throw new TargetError(
          `the kernel of the target has no family ${name} (${errnoName(ack.errno)}); ${advice}`,
        );
    }
  }
  throw new TargetError(`the target did not answer who ${name} is`);
}

export async function identifyRas(link: Link): Promise<RasPeer> {
  const description = netlinkFamilies().get(RAS)!;
  const { name } = description.spec;
  const { number: family } = await familyNumbers(
    link,
    name,
    'load a driver that registers nodes of counters',
  );
  const scene = new NetlinkScene(description, family);
  const first = scene.command(RAS_CONTROL, 'reset');
  scene.socket();
  const before = scene.ask('list-nodes', [], { dump: true });
  scene.command(RAS_CONTROL, 'plug');
  const after = scene.ask('list-nodes', [], { dump: true });
  scene.command(RAS_CONTROL, 'reset');
  const trace = await link.run(scene.build().program);
  const control = trace.results[first]?.errno ?? 0;
  if (control !== 0)
    throw new TargetError(
      `${RAS_CONTROL} cannot be written (${errnoName(control)}); errors are injected through the module that the kit builds (qemu:drm-ras), by root`,
    );
  const nodes = new Map([...listed(trace, family, before), ...listed(trace, family, after)]);
  if (nodes.size === 0) throw new TargetError(`${name} lists no node; is whoever runs the executor root?`);
  return { hello: link.hello, family, nodes };
}

function listed(trace: Trace, family: number, step: number): [string, number][] {
  const found = exchangesOf(netlinkFamilies().get(RAS)!, family, trace).find(each => each.step === step);
  return (found?.answers ?? []).flatMap((answer): [string, number][] => {
    if (answer.kind !== 'reply') return [];
    const [name, id] = [fieldValue(answer.fields, 'node-name'), fieldValue(answer.fields, 'node-id')];
    return typeof name === 'string' && typeof id === 'bigint' ? [[name, Number(id)]] : [];
  });
}
