/** Who may ask: the capability is looked for before anything else in the request. */
import type { Case } from '../plan/case.ts';
import type { RasPeer } from './peer.ts';
import { about, RasScene, rasCase } from './ras-scene.ts';

/** CAP_NET_ADMIN, and as many as the reference has (include/uapi/linux/capability.h). */
const NET_ADMIN = 1n << 12n;
const ALL = (1n << 40n) - 1n;
const NOBODY = 65534;

function everything(scene: RasScene, socket: number): number[] {
  const asked = { socket };
  return [
    scene.list(asked),
    scene.get('memory', 4, asked),
    scene.dump('memory', asked),
    scene.clear('memory', 4, asked),
  ];
}

/** What is wrong besides is not told to who may not ask. */
function wrong(scene: RasScene, socket: number): number[] {
  return [
    scene.ask('get-error-counter', [], { socket }),
    scene.get('memory', 77, { socket }),
    scene.ask('get-error-counter', [], { socket, attributes: Uint8Array.of(1, 2, 3) }),
    scene.ask('list-nodes', [], { socket }),
  ];
}

/** @param uid who asks, @param capabilities what it still may */
function without(peer: RasPeer, name: string, uid: number, capabilities: bigint): Case {
  const scene = new RasScene(peer);
  const start = scene.inject('memory', 4, 3);
  const controls = [start, ...everything(scene, 0)];
  controls.push(scene.become(uid, capabilities));
  const opened = scene.socket('a socket of its own');
  const probes = [0, opened].flatMap(socket => [...everything(scene, socket), ...wrong(scene, socket)]);
  return rasCase(`privilege ${name}`, scene, [about('ras.unprivileged', name, probes, controls)]);
}

export function privilegeCases(peer: RasPeer): Case[] {
  const scene = new RasScene(peer);
  const start = scene.inject('memory', 4, 3);
  const become = scene.become(NOBODY, NET_ADMIN);
  const opened = scene.socket('a socket of its own');
  const allowed = [0, opened].flatMap(socket => everything(scene, socket));
  return [
    without(peer, 'nobody', NOBODY, 0n),
    without(peer, 'all but CAP_NET_ADMIN', 0, ALL & ~NET_ADMIN),
    rasCase('privilege CAP_NET_ADMIN alone', scene, [
      about('ras.unprivileged', 'CAP_NET_ADMIN alone', allowed, [start, become]),
    ]),
  ];
}
