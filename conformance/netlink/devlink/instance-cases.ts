/** Instances that come, go and are reloaded, what is told of it, and to whom. */
import type { Case } from '../../plan/case.ts';
import type { DevlinkPeer } from './peer.ts';
import { about, DevlinkScene, devlinkCase, FIRST, handle, SECOND, SPARE } from './scene.ts';

function comeAndGo(peer: DevlinkPeer): Case {
  const scene = new DevlinkScene(peer);
  scene.listen();
  const first = scene.list();
  const probes = [scene.make(SPARE), scene.list(), scene.ask('get', handle(SPARE)), scene.info(SPARE)];
  probes.push(scene.remove(SPARE), scene.list(), scene.ask('get', handle(SPARE)), scene.make(SPARE));
  probes.push(scene.list(), scene.remove(FIRST), scene.list(), scene.reporters(), scene.make(FIRST));
  probes.push(scene.list(), scene.reporters(), scene.remove(SPARE), scene.list());
  return devlinkCase('come and go', scene, [
    about('devlink.instances', 'get', probes, [first]),
    about('devlink.shadow', 'get', probes),
  ]);
}

function reloads(peer: DevlinkPeer): Case {
  const scene = new DevlinkScene(peer);
  scene.listen();
  const controls = [scene.list(), scene.break(FIRST), scene.health(FIRST)];
  const look = () => [scene.list(), scene.reporters(), scene.info(FIRST)];
  const probes = [scene.reload(FIRST), ...look()];
  probes.push(
    scene.reload(FIRST, [['reload-action', 1n]]),
    ...look(),
    scene.break(FIRST),
    scene.health(FIRST),
  );
  scene.knob(FIRST, 'dont_allow_reload', 1);
  probes.push(scene.reload(FIRST), ...look());
  scene.knob(FIRST, 'dont_allow_reload', 0);
  scene.knob(FIRST, 'fail_reload', 1);
  probes.push(scene.reload(FIRST), ...look(), scene.health(FIRST), scene.reload(FIRST), ...look());
  scene.knob(FIRST, 'fail_reload', 0);
  probes.push(scene.reload(FIRST), ...look(), scene.break(FIRST), scene.health(FIRST));
  scene.knob(SECOND, 'fail_reload', 1);
  probes.push(scene.reload(SECOND), ...look(), scene.remove(SECOND), scene.list(), scene.make(SECOND));
  probes.push(...look());
  return devlinkCase('reload', scene, [
    about('devlink.reload', 'reload', probes, controls),
    about('devlink.shadow', 'reload', probes),
  ]);
}

function reloadsRefused(peer: DevlinkPeer): Case {
  const scene = new DevlinkScene(peer);
  const good = () => scene.list();
  const controls = [good(), scene.break(FIRST)];
  const bits = (value: number, selector = value) => ({ value, selector });
  const probes = [
    scene.reload(FIRST, [['reload-action', 2n]]),
    scene.reload(FIRST, [['reload-limits', bits(0)]]),
    scene.reload(FIRST, [['reload-limits', bits(0, 2)]]),
    scene.reload(FIRST, [['reload-limits', bits(2)]]),
    scene.reload(FIRST, [['netns-id', 77n]]),
    scene.reload(FIRST, [
      ['netns-id', 77n],
      ['netns-pid', 1n],
    ]),
    scene.health(FIRST),
  ];
  controls.push(good());
  return devlinkCase('reload refused', scene, [
    about('devlink.reload', 'what cannot be kept', probes, controls),
  ]);
}

/** Who is in the group, and whose filter lets it through. */
function filters(peer: DevlinkPeer): Case {
  const scene = new DevlinkScene(peer);
  const all = scene.listen();
  const one = scene.listen();
  const outside = scene.socket('a socket outside the group');
  const controls = [scene.break(FIRST)];
  for (const socket of [one, outside]) scene.hear(3, socket);
  const probes: number[] = [];
  const round = () => {
    for (const id of [FIRST, SECOND]) {
      probes.push(scene.break(id));
      for (const socket of [one, outside]) scene.hear(3, socket);
    }
  };
  const filter = (...fields: Parameters<typeof scene.ask>[1][number][]) => {
    probes.push(scene.ask('notify-filter-set', fields, { socket: one }));
    round();
  };
  const [bus, name] = handle(FIRST);
  filter(bus!, name!);
  filter(name!);
  filter(['bus-name', 'pci']);
  filter(['index', 0xffff_fff0n]);
  filter(bus!, ['dev-name', 'no such device']);
  filter(['port-index', 7n]);
  filter();
  probes.push(scene.reporters());
  scene.hear(1, all);
  return devlinkCase('filters', scene, [about('devlink.filter', 'notify-filter-set', probes, controls)]);
}

export const instanceCases = (peer: DevlinkPeer): Case[] => [
  comeAndGo(peer),
  reloads(peer),
  reloadsRefused(peer),
  filters(peer),
];
