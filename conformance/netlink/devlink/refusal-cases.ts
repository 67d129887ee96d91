/** Who may ask, and requests with one thing wrong, each between good ones. */
import {
  attributeNumbers,
  encodeAttribute,
  type Fields,
  findSet,
  join,
  netlinkFamilies,
} from '../../../schemas/index.ts';
import type { Case } from '../../plan/case.ts';
import { DEVLINK, type DevlinkPeer } from './peer.ts';
import { about, DevlinkScene, devlinkCase, FIRST, handle, reporter } from './scene.ts';

/** CAP_NET_ADMIN, and as many as the reference has (include/uapi/linux/capability.h). */
const NET_ADMIN = 1n << 12n;
const ALL = (1n << 40n) - 1n;
const NOBODY = 65534;
const dump = { dump: true, reads: 3 };

const ADMIN = [
  'reload',
  'health-reporter-set',
  'health-reporter-recover',
  'health-reporter-diagnose',
  'health-reporter-dump-get',
  'health-reporter-dump-clear',
  'health-reporter-test',
  'flash-update',
] as const;

function everything(scene: DevlinkScene, socket: number): number[] {
  const asked = { socket };
  const fields = (operation: string): Fields =>
    operation === 'flash-update'
      ? [...handle(FIRST), ['flash-update-file-name', 'none']]
      : operation === 'reload'
        ? // Refused for itself, where it is allowed.
          [...handle(FIRST), ['reload-action', 2n]]
        : reporter(FIRST);
  return [
    scene.ask('get', handle(FIRST), asked),
    scene.ask('get', [], { ...dump, socket }),
    scene.ask('info-get', handle(FIRST), asked),
    scene.ask('health-reporter-get', reporter(FIRST), asked),
    ...ADMIN.map(operation =>
      scene.ask(operation, fields(operation), operation.endsWith('dump-get') ? { ...dump, socket } : asked),
    ),
    // What is wrong besides is not told to who may not ask.
    ...ADMIN.filter(operation => !operation.endsWith('dump-get')).map(operation =>
      scene.ask(operation, [], asked),
    ),
  ];
}

function privilege(peer: DevlinkPeer, name: string, uid: number, capabilities: bigint): Case {
  const scene = new DevlinkScene(peer);
  const controls = [...everything(scene, 0), scene.become(uid, capabilities)];
  const opened = scene.socket('a socket of its own');
  const probes = [0, opened].flatMap(socket => everything(scene, socket));
  return devlinkCase(`privilege ${name}`, scene, [about('devlink.unprivileged', name, probes, controls)]);
}

/** Handles and reporters that are not there, and halves of handles. */
function unknown(peer: DevlinkPeer): Case {
  const scene = new DevlinkScene(peer);
  const good = () => scene.ask('get', handle(FIRST));
  const controls = [good(), scene.health(FIRST)];
  const [bus, name] = handle(FIRST);
  const handles: Fields[] = [
    [],
    [bus!],
    [name!],
    [bus!, ['dev-name', 'netdevsim99']],
    [['bus-name', 'pci'], name!],
    [
      ['bus-name', ''],
      ['dev-name', ''],
    ],
    [['index', 0xffff_fff0n]],
    [['index', 0xffff_fff0n], bus!],
    [['index', 0xffff_fff0n], bus!, name!],
    [
      ['bus-name', 'devlink_index'],
      ['dev-name', '4294967280'],
    ],
    [
      ['bus-name', 'devlink_index'],
      ['dev-name', 'first'],
    ],
  ];
  const probes = [
    'get',
    'info-get',
    'selftests-get',
    'health-reporter-recover',
    'flash-update',
    'reload',
  ].flatMap(operation => handles.map(fields => scene.ask(operation, fields)));
  probes.push(scene.ask('selftests-get', handle(FIRST)), scene.ask('selftests-get', [], dump));
  probes.push(...handles.slice(1).map(fields => scene.list('health-reporter-get', fields)));
  const reporters = ['none', '', 'DUMMY'].map(each => reporter(FIRST, each));
  const inHealth = [...reporters, handle(FIRST), reporter(99), [['health-reporter-name', 'dummy']] as Fields];
  const asked = [
    'health-reporter-get',
    'health-reporter-set',
    'health-reporter-recover',
    'health-reporter-diagnose',
    'health-reporter-dump-clear',
    'health-reporter-test',
  ].flatMap(operation => inHealth.map(fields => scene.ask(operation, fields)));
  asked.push(...inHealth.map(fields => scene.ask('health-reporter-dump-get', fields, dump)));
  asked.push(scene.ask('health-reporter-test', reporter(FIRST)));
  asked.push(scene.ask('health-reporter-get', [...reporter(FIRST), ['port-index', 5n]]));
  asked.push(scene.list('health-reporter-get', [['port-index', 5n]]));
  controls.push(good());
  return devlinkCase('unknown', scene, [
    about('devlink.handle', 'handles', probes, controls),
    about('devlink.handle', 'reporters', asked, controls),
  ]);
}

/** What the policy of an operation refuses, and what the older operations let through. */
function malformed(peer: DevlinkPeer): Case {
  const scene = new DevlinkScene(peer);
  const numbers = attributeNumbers(findSet(netlinkFamilies().get(DEVLINK)!.spec, 'devlink')!.whole);
  const raw = (name: string, ...bytes: number[]) =>
    encodeAttribute(numbers.get(name)!, Uint8Array.from(bytes));
  const text = (name: string, words: string) =>
    encodeAttribute(numbers.get(name)!, new TextEncoder().encode(words));
  const own = [text('bus-name', 'netdevsim\0'), text('dev-name', `netdevsim${FIRST}\0`)];
  const dummy = [...own, text('health-reporter-name', 'dummy\0')];
  const asked = (operation: string, parts: readonly Uint8Array[], more = {}) =>
    scene.ask(operation, [], { attributes: join(parts), ...more });
  const controls = [asked('get', own), asked('health-reporter-get', dummy)];
  const probes = [
    asked('get', [text('bus-name', 'netdevsim'), own[1]!]),
    asked('get', [own[0]!, text('dev-name', '')]),
    asked('get', [raw('index', 1)]),
    asked('get', [raw('index', 1, 0, 0, 0, 0, 0)]),
    asked('get', [raw('index', 0, 0, 0, 0, 1, 0, 0, 0)]),
    asked('get', [...own, encodeAttribute(99, new Uint8Array(3))]),
    asked('get', [...own, encodeAttribute(700, new Uint8Array(3))]),
    asked('get', [...own, Uint8Array.of(1, 2, 3)]),
    asked('get', own, { reserved: 1 }),
    asked('health-reporter-get', [...dummy, raw('port-index', 1, 0)]),
    asked('health-reporter-set', [...dummy, raw('health-reporter-graceful-period', 1, 0, 0, 0)]),
    asked('health-reporter-set', [...dummy, raw('health-reporter-auto-recover')]),
    asked('flash-update', [
      ...own,
      text('flash-update-file-name', 'none\0'),
      raw('flash-update-overwrite-mask', 4, 0, 0, 0, 4, 0, 0, 0),
    ]),
    asked('flash-update', [
      ...own,
      text('flash-update-file-name', 'none\0'),
      raw('flash-update-overwrite-mask', 1, 0, 0, 0, 0, 0, 0, 0),
    ]),
    asked('flash-update', [...own, raw('flash-update-overwrite-mask', 1, 0, 0, 0)]),
    asked('flash-update', [...own, text('flash-update-file-name', 'none')]),
    asked('reload', [...own, raw('reload-action', 0)]),
    asked('reload', [...own, raw('reload-action', 3)]),
    asked('reload', [...own, raw('reload-limits', 1, 0, 0, 0, 1, 0, 0, 0)]),
    asked('notify-filter-set', [text('bus-name', 'netdevsim')]),
    asked('notify-filter-set', [raw('port-index', 1)]),
    asked('notify-filter-set', [...own, encodeAttribute(99, new Uint8Array(4))]),
    asked('notify-filter-set', own, { reserved: 1 }),
    asked('notify-filter-set', [Uint8Array.of(1, 2, 3)]),
  ];
  const commands = [0, 2, 200, 255].map(command => asked('get', own, { command }));
  commands.push(asked('reload', own, { dump: true }), asked('flash-update', own, { dump: true }));
  commands.push(asked('health-reporter-dump-get', dummy));
  controls.push(asked('get', own));
  return devlinkCase('malformed', scene, [
    about('devlink.policy', 'requests', probes, controls),
    about('devlink.commands', 'requests', commands, controls),
  ]);
}

export const refusalCases = (peer: DevlinkPeer): Case[] => [
  privilege(peer, 'nobody', NOBODY, 0n),
  privilege(peer, 'all but CAP_NET_ADMIN', 0, ALL & ~NET_ADMIN),
  privilege(peer, 'CAP_NET_ADMIN alone', NOBODY, NET_ADMIN),
  unknown(peer),
  malformed(peer),
];
