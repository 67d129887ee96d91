/** Programs about devlink: two devices of netdevsim that were just made, and a third that comes and goes. */
import {
  deviceName,
  knobPath,
  NETDEVSIM_BUS,
  NETDEVSIM_DEL,
  NETDEVSIM_NEW,
  NETDEVSIM_PORTS,
  NETDEVSIM_SPARE,
  NETDEVSIM_STEADY,
} from '../../../reference/index.ts';
import { type Fields, netlinkFamilies } from '../../../schemas/index.ts';
import type { ClauseId } from '../../../spec/index.ts';
import type { Case, Instance } from '../../plan/case.ts';
import { type Asked, NetlinkScene } from '../scene.ts';
import { MESSAGE_BALANCE, MESSAGE_VALUE, SHADOW } from './judge.ts';
import { DEVLINK, type DevlinkPeer } from './peer.ts';

export const [FIRST, SECOND] = NETDEVSIM_STEADY;
export { NETDEVSIM_SPARE as SPARE };

/** With what devlink tells besides of traps, regions and parameters: 28, 51 and 57 messages on 7.3.4. */
const HEARD = { device: 32, reload: 56, flash: 59, health: 3, other: 1 } as const;
/** Messages of a reporter with the largest values that are asked for. */
const MESSAGE_READS = 8;

export const handle = (id: number): Fields => [
  ['bus-name', NETDEVSIM_BUS],
  ['dev-name', deviceName(id)],
];

export const reporter = (id: number, name = 'dummy', more: Fields = []): Fields => [
  ...handle(id),
  ['health-reporter-name', name],
  ...more,
];

export class DevlinkScene extends NetlinkScene {
  private readonly peer: DevlinkPeer;
  private monitor: number | undefined;

  constructor(peer: DevlinkPeer) {
    super(netlinkFamilies().get(DEVLINK)!, peer.family);
    this.peer = peer;
    // What a program that was cut has left is not known; what comes of these writes is judged by nobody.
    for (const id of [...NETDEVSIM_STEADY, NETDEVSIM_SPARE]) this.command(NETDEVSIM_DEL, `${id}`);
    for (const id of NETDEVSIM_STEADY) this.command(NETDEVSIM_NEW, `${id} ${NETDEVSIM_PORTS}`);
    for (const id of NETDEVSIM_STEADY) this.command(knobPath(id, 'fw_update_flash_chunk_time_ms'), '0');
    this.socket();
  }

  /** A socket of its own hears from now on what is told to everybody. */
  listen(): number {
    const socket = this.socket('a socket that listens');
    this.join(this.peer.group, socket);
    this.monitor ??= socket;
    return socket;
  }

  hear(reads: number, socket = this.monitor): void {
    if (socket !== undefined) this.receive(reads, socket);
  }

  make(id: number): number {
    const step = this.command(NETDEVSIM_NEW, `${id} ${NETDEVSIM_PORTS}`);
    this.hear(HEARD.device);
    return step;
  }

  remove(id: number): number {
    const step = this.command(NETDEVSIM_DEL, `${id}`);
    this.hear(HEARD.device);
    return step;
  }

  knob(id: number, name: string, value: number): number {
    const text = /fail|allow|status/.test(name) ? (value ? 'Y' : 'N') : `${value}`;
    return this.command(knobPath(id, name), text);
  }

  /** The driver reports an error. */
  break(id: number, text = 'broken'): number {
    const step = this.command(knobPath(id, 'health/break_health'), text);
    this.hear(HEARD.health);
    return step;
  }

  /** A request, and what it makes everybody hear. */
  act(operation: string, fields: Fields, asked: Asked = {}): number {
    const step = this.ask(operation, fields, asked);
    this.hear(
      operation === 'flash-update'
        ? HEARD.flash
        : operation === 'reload'
          ? HEARD.reload
          : operation === 'health-reporter-recover'
            ? HEARD.health
            : HEARD.other,
    );
    return step;
  }

  list(operation = 'get', fields: Fields = []): number {
    return this.ask(operation, fields, { dump: true, reads: 3 });
  }

  reporters(id?: number): number {
    return this.list('health-reporter-get', id === undefined ? [] : handle(id));
  }

  health(id: number, name = 'dummy'): number {
    return this.ask('health-reporter-get', reporter(id, name));
  }

  set(id: number, settings: Fields, name = 'dummy'): number {
    return this.act('health-reporter-set', reporter(id, name, settings));
  }

  recover(id: number, name = 'dummy'): number {
    return this.act('health-reporter-recover', reporter(id, name));
  }

  diagnose(id: number, name = 'dummy'): number {
    return this.ask('health-reporter-diagnose', reporter(id, name), { reads: MESSAGE_READS });
  }

  dumpOf(id: number, name = 'dummy'): number {
    return this.ask('health-reporter-dump-get', reporter(id, name), { dump: true, reads: MESSAGE_READS });
  }

  flash(id: number, file: string, more: Fields = []): number {
    return this.act('flash-update', [...handle(id), ['flash-update-file-name', file], ...more]);
  }

  info(id: number): number {
    return this.ask('info-get', handle(id));
  }

  reload(id: number, more: Fields = []): number {
    return this.act('reload', [...handle(id), ...more]);
  }
}

/** Differences that only clauses of their own are about. */
const OWN: Partial<Record<ClauseId, readonly string[]>> = {
  'devlink.shadow': [SHADOW],
  'devlink.message': [MESSAGE_BALANCE, MESSAGE_VALUE],
};
const apart = new Set(Object.values(OWN).flat());

/** A clause about some steps, for the part of the family that the instance names. */
export function about(
  clause: ClauseId,
  instance: string,
  probes: readonly number[],
  controls: readonly number[] = [],
): Instance {
  const own = OWN[clause];
  return {
    clause,
    instance,
    probes,
    controls,
    about: ({ field = '' }) => (own ? own.includes(field) : !apart.has(field)),
  };
}

export function devlinkCase(name: string, scene: DevlinkScene, instances: readonly Instance[]): Case {
  return { family: 'devlink', name, ...scene.build(), instances };
}
