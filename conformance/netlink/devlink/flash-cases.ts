/** Updates of firmware: what is told while one runs, what is refused before it begins, what is there afterwards. */
import { COMPONENT, FIRMWARE_FILES } from '../../../reference/index.ts';
import type { Fields } from '../../../schemas/index.ts';
import type { Case } from '../../plan/case.ts';
import type { DevlinkPeer } from './peer.ts';
import { about, DevlinkScene, devlinkCase, FIRST, SECOND } from './scene.ts';

const [WHOLE, SHORT, EMPTY] = FIRMWARE_FILES.map(([name]) => name) as [string, string, string];
const component = (name: string): Fields => [['flash-update-component', name]];
const mask = (value: number, selector = value): Fields => [
  ['flash-update-overwrite-mask', { value, selector }],
];

function updates(peer: DevlinkPeer): Case {
  const scene = new DevlinkScene(peer);
  scene.listen();
  const controls = [scene.info(FIRST), scene.list()];
  const flashed = [scene.flash(FIRST, WHOLE), scene.flash(FIRST, SHORT, component(COMPONENT.name))];
  const kept = [scene.info(FIRST), scene.info(SECOND)];
  scene.knob(FIRST, 'fw_update_status', 0);
  flashed.push(scene.flash(FIRST, WHOLE), scene.flash(SECOND, WHOLE));
  kept.push(scene.info(FIRST), scene.list('info-get'));
  const reload = scene.reload(FIRST);
  kept.push(scene.info(FIRST));
  flashed.push(scene.flash(FIRST, WHOLE));
  controls.push(reload, scene.list());
  return devlinkCase('updates', scene, [
    about('devlink.flash', 'flash-update', flashed, controls),
    about('devlink.progress', 'flash-update-status', flashed, controls),
    about('devlink.info', 'info-get', kept, controls),
  ]);
}

/** One at a time, and nothing begins. */
function refused(peer: DevlinkPeer): Case {
  const scene = new DevlinkScene(peer);
  scene.listen();
  const controls = [scene.info(FIRST)];
  const long = 'x'.repeat(256);
  const files = ['accel-uapi/none.bin', 'none', EMPTY, '', '../firmware/none.bin', 'accel-uapi', long].map(
    name => scene.flash(FIRST, name),
  );
  const components = [
    ...['fw', '', 'fw.mgmt.x', 'FW.MGMT'].map(name => scene.flash(FIRST, WHOLE, component(name))),
    scene.flash(FIRST, 'none', component('fw')),
    scene.flash(FIRST, 'none', component(COMPONENT.name)),
  ];
  controls.push(scene.info(FIRST), scene.flash(FIRST, WHOLE));
  return devlinkCase('updates refused', scene, [
    about('devlink.file', 'flash-update-file-name', files, controls),
    about('devlink.component', 'flash-update-component', components, controls),
  ]);
}

function overwriting(peer: DevlinkPeer): Case {
  const scene = new DevlinkScene(peer);
  scene.listen();
  const controls = [scene.flash(FIRST, WHOLE, mask(0))];
  const probes = [mask(1), mask(2), mask(3), mask(0, 3)].map(each => scene.flash(FIRST, WHOLE, each));
  scene.knob(FIRST, 'fw_update_overwrite_mask', 1);
  probes.push(...[mask(1), mask(2), mask(3), mask(0, 1)].map(each => scene.flash(FIRST, WHOLE, each)));
  scene.knob(FIRST, 'fw_update_overwrite_mask', 3);
  probes.push(scene.flash(FIRST, WHOLE, [...mask(3), ...component(COMPONENT.name)]));
  probes.push(scene.reload(FIRST), scene.flash(FIRST, WHOLE, mask(1)));
  controls.push(scene.flash(SECOND, WHOLE));
  return devlinkCase('overwriting', scene, [
    about('devlink.overwrite', 'flash-update-overwrite-mask', probes, controls),
    about('devlink.flash', 'refused by the driver', probes, controls),
  ]);
}

export const flashCases = (peer: DevlinkPeer): Case[] => [updates(peer), refused(peer), overwriting(peer)];
