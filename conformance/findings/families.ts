/** Defects of the kernel's netlink families, and of netdevsim, which drives one of them. Lines are those of Linux 7.3.4. */

import {
  deviceName,
  knobPath,
  NETDEVSIM_BUS,
  NETDEVSIM_DEL,
  NETDEVSIM_NEW,
  NETDEVSIM_SPARE,
} from '../../reference/index.ts';
import { errnoNumber, NLM_F } from '../../schemas/index.ts';
import type { RasPeer } from '../netlink/peer.ts';
import type { NetlinkPeer } from '../netlink/profile.ts';
import type { NetlinkScene } from '../netlink/scene.ts';
import type { FamilyFinding } from './finding.ts';

const ID = NETDEVSIM_SPARE;
const HANDLE = [
  ['bus-name', NETDEVSIM_BUS],
  ['dev-name', deviceName(ID)],
] as const;
const REPORTER = [...HANDLE, ['health-reporter-name', 'dummy']] as const;

/** struct nlmsghdr and struct genlmsghdr. */
const HEADER_BYTES = 16;
const GENERIC_BYTES = 4;
const FLAGS_OFFSET = 6;
/** What replies to get-error-counter have besides: an id, a name of up to 8 bytes, a value. */
const COUNTER_BYTES = HEADER_BYTES + GENERIC_BYTES + 8 + 12 + 8;

/** Where an attribute lies in the first datagram, behind what netdevsim always tells. */
const NEST_OFFSET = 422;

const negative = (name: string) => BigInt.asUintN(32, -BigInt(errnoNumber(name)));

/** A dump of the counters of a node. */
function counters(scene: NetlinkScene, peer: NetlinkPeer, node: string): void {
  scene.socket();
  const id = BigInt((peer as RasPeer).nodes.get(node)!);
  scene.ask('get-error-counter', [['node-id', id]], { dump: true, reads: 1 });
}

const write = (scene: NetlinkScene, path: string, text: string) =>
  scene.command(path, text, `write ${text} to ${path}`);

/** A device of its own, whose messages have a binary value of so many bytes. */
function device(scene: NetlinkScene, binary?: number): void {
  write(scene, NETDEVSIM_NEW, `${ID} 0`);
  if (binary !== undefined) write(scene, knobPath(ID, 'health/binary_len'), `${binary}`);
  scene.socket();
}

const diagnose = (scene: NetlinkScene, reads: number) =>
  scene.ask('health-reporter-diagnose', REPORTER, { reads });

function done(scene: NetlinkScene, step: number): number {
  write(scene, NETDEVSIM_DEL, `${ID}`);
  return step;
}

export const familyFindings: readonly FamilyFinding[] = [
  {
    id: 'ras-dump-gap',
    title:
      'A dump of the counters of a node ends with ENOENT, behind all of them, when the last id of its range is not counted.',
    target: 'qemu:drm-ras',
    profile: 'drm-ras',
    source: 'drivers/gpu/drm/drm_ras.c:269',
    clause: 'ras.sparse',
    call: 'get-error-counter',
    who: 'root',
    deviation: 'drm-ras.dump.last-gap',
    holds: {
      what: 'the number in the end of the dump',
      wrong: negative('ENOENT'),
      means: '-ENOENT',
      right: '0, in a datagram of its own',
    },
    steps: (scene, peer) => {
      counters(scene, peer, 'link');
      return scene.load('the number behind two counters', 2 * COUNTER_BYTES + HEADER_BYTES, 4);
    },
  },
  {
    id: 'ras-dump-not-multi',
    title:
      'No message of a dump of counters has NLM_F_MULTI, so that a library which goes by the flag takes the first datagram for all there is.',
    target: 'qemu:drm-ras',
    profile: 'drm-ras',
    source: 'include/net/genetlink.h:362',
    clause: 'ras.multipart',
    call: 'get-error-counter',
    who: 'root',
    deviation: 'drm-ras.dump.no-multi',
    holds: {
      what: 'the flags of the first message',
      wrong: 0n,
      means: '0',
      right: `NLM_F_MULTI (${NLM_F.multi})`,
    },
    steps: (scene, peer) => {
      counters(scene, peer, 'many');
      return scene.load('the flags of the first message', FLAGS_OFFSET, 2);
    },
  },
  {
    id: 'devlink-grace-32-bits',
    title:
      'A grace period of 2^32 milliseconds, which devlink takes and tells, is none: the device recovers by itself again and again.',
    target: 'qemu:netdevsim',
    profile: 'netdevsim',
    source: 'net/devlink/health.c:647',
    clause: 'devlink.grace',
    call: 'health-reporter-set',
    who: 'root',
    deviation: 'devlink.grace.32-bits',
    ends: { wrong: 'success', right: 'ECANCELED' },
    steps: scene => {
      device(scene);
      scene.ask('health-reporter-set', [...REPORTER, ['health-reporter-graceful-period', 1n << 32n]], {
        reads: 1,
      });
      write(scene, knobPath(ID, 'health/break_health'), 'first');
      return done(scene, write(scene, knobPath(ID, 'health/break_health'), 'within the period'));
    },
  },
  {
    id: 'devlink-message-too-long',
    title:
      'A binary value of 3741 bytes, which the limit of devlink allows, fits into no message: diagnose ends with EMSGSIZE.',
    target: 'qemu:netdevsim',
    profile: 'netdevsim',
    source: 'net/devlink/health.c:770',
    clause: 'devlink.report',
    call: 'health-reporter-diagnose',
    who: 'root',
    deviation: 'devlink.message.too-long',
    holds: {
      what: 'the second message',
      wrong: negative('EMSGSIZE'),
      means: 'an error, -EMSGSIZE',
      right: 'the rest of the answer',
    },
    steps: scene => {
      device(scene, 3741);
      diagnose(scene, 2);
      return done(scene, scene.load('the number in the second message', HEADER_BYTES, 4));
    },
  },
  {
    id: 'devlink-message-split',
    title:
      'A message is cut between the type of a value and the value, so that the type stands at the end of one part and again in the next.',
    target: 'qemu:netdevsim',
    profile: 'netdevsim',
    source: 'net/devlink/health.c:1043',
    clause: 'devlink.message',
    call: 'health-reporter-diagnose',
    who: 'root',
    deviation: 'devlink.message.split',
    elsewhere: true,
    holds: {
      what: 'the length of the first part',
      wrong: 268n,
      means: '268 bytes, the last 8 of them the type',
      right: '260, up to the type',
    },
    steps: scene => {
      device(scene, 3700);
      diagnose(scene, 1);
      return done(scene, scene.load('the length of the first part', 0, 4));
    },
  },
  {
    id: 'netdevsim-message-unbalanced',
    title:
      'In the message of netdevsim an array and a pair end that never began; the tool devlink shows nothing of what follows, and succeeds.',
    target: 'qemu:netdevsim',
    profile: 'netdevsim',
    source: 'drivers/net/netdevsim/health.c:87',
    clause: 'devlink.message',
    call: 'health-reporter-diagnose',
    who: 'root',
    deviation: 'netdevsim.message.unbalanced',
    holds: {
      what: 'the attribute behind test_nest',
      wrong: 110n,
      means: 'one more end of a nest (110)',
      right: 'the begin of a pair (108)',
    },
    steps: scene => {
      device(scene);
      diagnose(scene, 1);
      const step = scene.load('the number of the attribute behind test_nest', NEST_OFFSET, 2);
      // A message that is not read to its end is judged by nobody.
      scene.receive(1);
      return done(scene, step);
    },
  },
];
