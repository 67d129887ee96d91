/** The cases about drm-ras, each with the clauses that it tells about. */
import { RAS_NODES } from '../../reference/index.ts';
import type { Fields } from '../../schemas/index.ts';
import type { Case } from '../plan/case.ts';
import type { RasPeer } from './peer.ts';
import { privilegeCases } from './ras-privilege.ts';
import { refusalCases } from './ras-refusals.ts';
import { about, RasScene, rasCase } from './ras-scene.ts';
import type { Asked } from './scene.ts';

const U32_MAX = 0xffff_ffff;
/** Counters of a long node that are asked for one by one. */
const SOME = 8;
/** Nodes that are there all the time and answer about every counter. */
const STEADY = ['compute', 'memory', 'link', 'fixed', 'many'];
const described = (name: string) => RAS_NODES.find(each => each.name === name)!;

/** All counters of a node: by a dump, unless the last of its ids is a gap, which has a case of its own. */
function look(scene: RasScene, name: string): number[] {
  const { counters, last } = described(name);
  const ids = counters.map(([id]) => id);
  return ids.at(-1) === last ? [scene.dump(name)] : ids.map(id => scene.get(name, id));
}

function nodes(peer: RasPeer): Case {
  const scene = new RasScene(peer);
  const first = scene.list();
  const plug = scene.control('plug');
  const probes = [first, scene.list(), scene.get('spare', 5), scene.dump('spare'), scene.get('compute', 0)];
  scene.control('unplug');
  probes.push(scene.list(), scene.get('spare', 5), scene.dump('spare'), scene.get('many', 3), scene.list());
  scene.control('plug');
  probes.push(scene.list(), scene.get('memory', 4), scene.list());
  scene.control('unplug');
  probes.push(scene.list());
  return rasCase('nodes', scene, [about('ras.nodes', 'list-nodes', probes, [plug])]);
}

function listed(peer: RasPeer, name: string): Case {
  const scene = new RasScene(peer);
  const ids = described(name).counters.map(([id]) => id);
  const asked = ids.filter((_, index) => index % Math.ceil(ids.length / SOME) === 0);
  const steps: number[] = [];
  for (const round of [0, 7]) {
    if (round > 0) for (const id of asked) scene.inject(name, id, round);
    steps.push(scene.dump(name), ...asked.map(id => scene.get(name, id)));
  }
  return rasCase(`listed ${name}`, scene, [
    about('ras.listed', name, steps, []),
    about('ras.sparse', name, [steps[0]!, steps[asked.length + 1]!]),
  ]);
}

function reading(peer: RasPeer, name: string): Case {
  const scene = new RasScene(peer);
  const ids = described(name).counters.map(([id]) => id);
  const [one, other = one] = [ids[0]!, ids.at(-1)!];
  const start = scene.inject(name, one, 5);
  scene.inject(name, other, 2);
  const probes = [0, 0].flatMap(() => [scene.get(name, one), scene.get(name, other), ...look(scene, name)]);
  probes.push(scene.clear(name, one), scene.get(name, one));
  const alone = [scene.get(name, other), ...STEADY.flatMap(each => look(scene, each))];
  scene.inject(name, one, 1);
  probes.push(scene.get(name, one), scene.clear(name, one), scene.clear(name, one), scene.get(name, one));
  return rasCase(`reading ${name}`, scene, [
    about('ras.read', name, probes, [start]),
    about('ras.alone', name, alone, [start]),
  ]);
}

/** Errors in every node, so that one who clears too much is seen. */
function alone(peer: RasPeer): Case {
  const scene = new RasScene(peer);
  const starts = STEADY.flatMap(name =>
    described(name)
      .counters.slice(0, SOME)
      .map(([id]) => scene.inject(name, id, id + 1)),
  );
  const probes = ['compute', 'memory', 'link'].flatMap(name => [
    scene.clear(name, described(name).counters[0]![0]),
    ...STEADY.flatMap(each => look(scene, each)),
  ]);
  return rasCase('alone', scene, [about('ras.alone', 'clear-error-counter', probes, starts)]);
}

function counts(peer: RasPeer): Case {
  const scene = new RasScene(peer);
  const probes: number[] = [];
  const starts: number[] = [];
  for (const count of [1, 2, 0xffff, 1, U32_MAX - 0x10003, 1, U32_MAX, 7]) {
    starts.push(scene.inject('compute', 1, count));
    probes.push(scene.get('compute', 1));
  }
  probes.push(scene.dump('compute'));
  return rasCase('counts', scene, [about('ras.counts', 'get-error-counter', probes, starts)]);
}

function failing(peer: RasPeer): Case {
  const scene = new RasScene(peer);
  const good = scene.get('failing', 1);
  const start = scene.inject('failing', 2, 3);
  const probes = [
    scene.get('failing', 3),
    scene.clear('failing', 2),
    scene.get('failing', 2),
    scene.dump('failing'),
    scene.clear('memory', 2),
    scene.get('failing', 4),
  ];
  return rasCase('failing', scene, [about('ras.failing', 'failing', probes, [good, start])]);
}

/** Acks, dumps in several datagrams, several requests in one write, two dumps at once. */
function ends(peer: RasPeer): Case {
  const scene = new RasScene(peer);
  const [quiet, dump] = [{ quiet: true }, { quiet: true, dump: true }] satisfies Asked[];
  const node: Fields = [['node-id', scene.id('many')]];
  const probes = [
    scene.get('compute', 0),
    scene.get('compute', 0, quiet),
    scene.clear('compute', 0, quiet),
    scene.clear('compute', 0),
    scene.get('compute', 9, quiet),
    scene.dump('many'),
    scene.ask('get-error-counter', node, { ...dump, reads: 6 }),
    scene.list(dump),
  ];
  const two = ['get-error-counter', 'clear-error-counter', 'get-error-counter'].map(operation => {
    const bytes = scene.message(operation, scene.counter('memory', 4));
    return [...bytes, ...new Uint8Array(-bytes.length & 3)];
  });
  probes.push(scene.send('three requests in one write', Uint8Array.from(two.flat())));
  scene.receive(6);
  const running = scene.message('get-error-counter', node, { dump: true });
  probes.push(scene.send('a dump', running));
  const second = scene.message('list-nodes', [], { dump: true });
  probes.push(scene.send('another one before it is read', second));
  scene.receive(7);
  probes.push(scene.list(), scene.get('compute', 0));
  const other = scene.socket('another socket');
  probes.push(scene.send('a dump', scene.message('get-error-counter', node, { dump: true })));
  probes.push(scene.get('compute', 1, { socket: other }), scene.list({ socket: other }));
  scene.receive(6);
  return rasCase('ends', scene, [
    about('ras.end', 'requests', probes),
    about('ras.multipart', 'dumps', probes),
  ]);
}

export function rasCases(peer: RasPeer): Case[] {
  return [
    nodes(peer),
    ...STEADY.map(name => listed(peer, name)),
    ...['compute', 'memory', 'link', 'fixed'].map(name => reading(peer, name)),
    alone(peer),
    counts(peer),
    failing(peer),
    ends(peer),
    ...refusalCases(peer),
    ...privilegeCases(peer),
  ];
}
