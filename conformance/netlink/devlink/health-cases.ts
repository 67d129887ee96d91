/** The state machine of health reporters: errors, recoveries, periods, dumps, settings. */
import type { Fields } from '../../../schemas/index.ts';
import type { Case } from '../../plan/case.ts';
import type { DevlinkPeer } from './peer.ts';
import { about, DevlinkScene, devlinkCase, FIRST, SECOND } from './scene.ts';

/** Longer than a program; and one whose lower 32 bits are 0. */
const HOUR = 3_600_000n;
const BEYOND = 1n << 32n;
const auto = (recover: bigint): Fields => [['health-reporter-auto-recover', recover]];
const dumps = (dump: bigint): Fields => [['health-reporter-auto-dump', dump]];
const grace = (period: bigint): Fields => [['health-reporter-graceful-period', period]];
const burst = (period: bigint): Fields => [['health-reporter-burst-period', period]];

function errors(peer: DevlinkPeer): Case {
  const scene = new DevlinkScene(peer);
  scene.listen();
  const controls = [scene.list(), scene.reporters()];
  const all = () => scene.reporters();
  const probes = [scene.break(FIRST), all(), scene.break(FIRST, 'again'), all(), scene.recover(FIRST), all()];
  probes.push(scene.set(FIRST, auto(0n)), scene.break(FIRST, 'a third\n'), all(), scene.break(FIRST), all());
  probes.push(scene.set(FIRST, auto(1n)), scene.break(FIRST), all());
  const recovered = [scene.recover(FIRST), all(), scene.recover(FIRST), all(), scene.recover(FIRST, 'empty')];
  recovered.push(all(), scene.break(FIRST), all());
  scene.knob(FIRST, 'health/fail_recover', 1);
  const failing = [scene.break(FIRST), all(), scene.recover(FIRST), all(), scene.break(FIRST), all()];
  scene.knob(FIRST, 'health/fail_recover', 0);
  failing.push(scene.recover(FIRST), all(), scene.break(SECOND), all());
  return devlinkCase('errors', scene, [
    about('devlink.report', 'dummy', [...probes, ...failing], controls),
    about('devlink.recover', 'dummy', [...recovered, ...failing], controls),
    about('devlink.shadow', 'health-reporter-get', [...probes, ...recovered, ...failing]),
  ]);
}

function periods(peer: DevlinkPeer): Case {
  const scene = new DevlinkScene(peer);
  scene.listen();
  const controls = [scene.reporters()];
  const held = (settings: Fields) => {
    const steps = [scene.set(FIRST, settings), scene.health(FIRST), scene.break(FIRST), scene.health(FIRST)];
    steps.push(scene.break(FIRST), scene.health(FIRST), scene.recover(FIRST), scene.health(FIRST));
    return steps;
  };
  const probes = [...held([]), ...held(grace(HOUR)), ...held(burst(HOUR)), ...held(grace(0n))];
  const beyond = [...held(grace(BEYOND)), ...held(grace(BEYOND + HOUR)), ...held(grace(0n))];
  return devlinkCase('periods', scene, [
    about('devlink.grace', 'within an hour', probes, controls),
    about('devlink.grace', 'beyond 32 bits', beyond, controls),
  ]);
}

function settings(peer: DevlinkPeer): Case {
  const scene = new DevlinkScene(peer);
  scene.listen();
  const controls = [scene.reporters()];
  const asked = (given: Fields, name?: string) => [scene.set(FIRST, given, name), scene.reporters()];
  const probes = [
    ...asked(grace(5n)),
    ...asked(burst(7n)),
    ...asked([...grace(0n), ...burst(3n)]),
    ...asked(burst(1n)),
    ...asked(burst(0n)),
    ...asked([...burst(2n), ...grace(9n)]),
    ...asked([...auto(0n), ...dumps(0n)]),
    ...asked([...auto(2n), ...dumps(255n)]),
    ...asked(auto(1n), 'empty'),
    ...asked(grace(1n), 'empty'),
    ...asked(dumps(0n), 'empty'),
    ...asked([...dumps(1n), ...burst(0n)], 'empty'),
    ...asked([]),
  ];
  return devlinkCase('settings', scene, [about('devlink.settings', 'health-reporter-set', probes, controls)]);
}

function kept(peer: DevlinkPeer): Case {
  const scene = new DevlinkScene(peer);
  scene.listen();
  const controls = [scene.reporters(), scene.diagnose(FIRST), scene.diagnose(FIRST, 'empty')];
  const clear = (name?: string) =>
    scene.act('health-reporter-dump-clear', [
      ['bus-name', 'netdevsim'],
      ['dev-name', `netdevsim${FIRST}`],
      ['health-reporter-name', name ?? 'dummy'],
    ]);
  const probes = [scene.dumpOf(FIRST), scene.reporters(), scene.break(FIRST, 'later'), scene.dumpOf(FIRST)];
  probes.push(clear(), scene.reporters(), scene.break(FIRST, 'second'), scene.reporters());
  probes.push(scene.break(FIRST, 'third'), scene.dumpOf(FIRST), scene.dumpOf(FIRST), clear(), clear());
  probes.push(scene.set(FIRST, dumps(0n)), scene.break(FIRST, 'fourth'), scene.reporters());
  probes.push(scene.dumpOf(FIRST), scene.reporters(), clear(), scene.set(FIRST, [...auto(0n), ...dumps(1n)]));
  probes.push(scene.break(FIRST, 'fifth'), scene.break(FIRST, 'sixth'), scene.dumpOf(FIRST));
  probes.push(scene.dumpOf(FIRST, 'empty'), scene.reporters(), clear('empty'), scene.reporters());
  const messages = [scene.diagnose(FIRST), scene.recover(FIRST), scene.diagnose(FIRST), scene.dumpOf(FIRST)];
  scene.knob(FIRST, 'health/binary_len', 0);
  messages.push(scene.diagnose(FIRST));
  return devlinkCase('dumps', scene, [
    about('devlink.dump', 'dummy', probes, controls),
    about('devlink.message', 'dummy', [...controls, ...probes, ...messages]),
    about('devlink.report', 'what diagnose tells', messages, controls),
  ]);
}

/** Messages that take several datagrams. */
function long(peer: DevlinkPeer): Case {
  const scene = new DevlinkScene(peer);
  const controls = [scene.diagnose(FIRST)];
  const probes = [2000, 3600, 3740, 3741, 8192].map(bytes => {
    scene.knob(FIRST, 'health/binary_len', bytes);
    return scene.diagnose(FIRST);
  });
  return devlinkCase('long messages', scene, [
    about('devlink.report', 'long messages', probes, controls),
    about('devlink.message', 'long messages', probes, controls),
  ]);
}

export const healthCases = (peer: DevlinkPeer): Case[] => [
  errors(peer),
  periods(peer),
  settings(peer),
  kept(peer),
  long(peer),
];
