/** Programs about the counters of drm-ras. */
import { RAS_CONTROL, RAS_NODES } from '../../reference/index.ts';
import { type Fields, netlinkFamilies } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { Case, Instance } from '../plan/case.ts';
import { MULTIPART } from './judge.ts';
import { RAS, type RasPeer } from './peer.ts';
import { type Asked, NetlinkScene } from './scene.ts';

/** Datagrams of a dump of a node, with the read that finds nothing. */
const DUMP_READS = 3;
const LONG_DUMP_READS = 6;
/** A node with more counters than a datagram holds. */
const LONG = 50;

export class RasScene extends NetlinkScene {
  private readonly peer: RasPeer;

  constructor(peer: RasPeer) {
    super(netlinkFamilies().get(RAS)!, peer.family);
    this.peer = peer;
    this.control('reset');
    this.socket();
  }

  control(command: string): number {
    return this.command(RAS_CONTROL, command);
  }

  inject(node: string, error: number, count: number): number {
    return this.control(`inject ${node} ${error} ${count}`);
  }

  id(node: string): bigint {
    return BigInt(this.peer.nodes.get(node) ?? 0xffff);
  }

  /** An id that no node has. */
  get unknown(): bigint {
    return BigInt(Math.max(...this.peer.nodes.values()) + 1000);
  }

  counter(node: string, error: number | bigint): Fields {
    return [
      ['node-id', this.id(node)],
      ['error-id', BigInt(error)],
    ];
  }

  list(asked: Asked = {}): number {
    return this.ask('list-nodes', [], { dump: true, reads: DUMP_READS, ...asked });
  }

  get(node: string, error: number | bigint, asked: Asked = {}): number {
    return this.ask('get-error-counter', this.counter(node, error), asked);
  }

  clear(node: string, error: number | bigint, asked: Asked = {}): number {
    return this.ask('clear-error-counter', this.counter(node, error), asked);
  }

  dump(node: string, asked: Asked = {}): number {
    const described = RAS_NODES.find(({ name }) => name === node);
    const reads = (described?.counters.length ?? 0) > LONG ? LONG_DUMP_READS : DUMP_READS;
    return this.ask('get-error-counter', [['node-id', this.id(node)]], { dump: true, reads, ...asked });
  }
}

/** A clause about some steps, for the part of the family that the instance names. */
export function about(
  clause: ClauseId,
  instance: string,
  probes: readonly number[],
  controls: readonly number[] = [],
): Instance {
  // That the flag lacks is told once.
  const multipart = clause === 'ras.multipart';
  return {
    clause,
    instance,
    probes,
    controls,
    about: ({ field }) => (field === MULTIPART) === multipart,
  };
}

export function rasCase(name: string, scene: NetlinkScene, instances: readonly Instance[]): Case {
  return { family: 'ras', name, ...scene.build(), instances };
}
