/** Builds programs that talk to a netlink family: a write sends, reads take what came. */
import {
  encodeFields,
  encodeGeneric,
  encodeMessage,
  type Fields,
  type NetlinkFamily,
  NLM_F,
  type Program,
} from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder, slotValue } from '../plan/builder.ts';

export const NETLINK_GENERIC = 16;
/** Not above the limit of what is reported byte by byte. */
const ROOM = 4096;

export interface Asked {
  /** `do` without it. */
  readonly dump?: boolean;
  /** Without an ack. */
  readonly quiet?: boolean;
  readonly flags?: number;
  readonly reserved?: number;
  /** Instead of what the fields make. */
  readonly attributes?: Uint8Array;
  /** Datagrams that are read at most; the last read finds nothing. */
  readonly reads?: number;
  readonly command?: number;
  readonly socket?: number;
}

export class NetlinkScene {
  readonly builder = new ProgramBuilder();
  private readonly family: NetlinkFamily;
  private readonly number: number;
  private sequence = 1;
  /** Slots of the sockets. */
  private readonly sockets: number[] = [];
  private readonly room: number;

  constructor(family: NetlinkFamily, number: number) {
    this.family = family;
    this.number = number;
    this.room = this.builder.buffer(ROOM, { align: 'start' });
  }

  socket(label = 'a socket'): number {
    const slot = this.builder.slot();
    this.builder.step(label, 'netlink', [constant(NETLINK_GENERIC)], {
      captures: [{ slot, from: 'return' }],
    });
    this.sockets.push(slot);
    return this.sockets.length - 1;
  }

  /** From now on the socket hears what is told to a group. */
  join(group: number, socket = 0): number {
    const fd = slotValue(this.sockets[socket]!);
    return this.builder.step('join the group', 'membership', [fd, constant(group)]);
  }

  /** Writes a command into a file of a driver. */
  command(path: string, text: string, label = text): number {
    const bytes = new TextEncoder().encode(text);
    const data = this.builder.buffer(bytes.length, { data: bytes, access: 'read' });
    return this.builder.step(label, 'writefile', [
      this.builder.path(path),
      addressOf(data),
      constant(bytes.length),
    ]);
  }

  /** The message of a request. */
  message(operation: string, fields: Fields, asked: Asked = {}): Uint8Array {
    const { dump = false, quiet = false, reserved = 0 } = asked;
    const { spec, request } = this.family.operations.get(operation)!;
    const attributes = asked.attributes ?? encodeFields(this.family.spec, spec['attribute-set'], fields);
    const plain = NLM_F.request | (quiet ? 0 : NLM_F.ack) | (dump ? NLM_F.dump : 0);
    const sequence = this.sequence;
    this.sequence += 1;
    return encodeMessage({
      type: this.number,
      flags: plain | (asked.flags ?? 0),
      sequence,
      port: 0,
      payload: encodeGeneric({ command: asked.command ?? request!, version: 1, reserved }, attributes),
    });
  }

  /** Sends bytes; gives the step. */
  send(label: string, bytes: Uint8Array, socket = 0): number {
    const data = this.builder.buffer(bytes.length, { data: bytes, access: 'read' });
    const fd = slotValue(this.sockets[socket]!);
    return this.builder.step(label, 'write', [fd, addressOf(data), constant(bytes.length)]);
  }

  receive(reads: number, socket = 0): void {
    const fd = slotValue(this.sockets[socket]!);
    for (let count = 0; count < reads; count += 1)
      this.builder.step('receive', 'read', [fd, addressOf(this.room), constant(ROOM)]);
  }

  /** Loads a number from what was read last. */
  load(label: string, offset: number, width: number): number {
    return this.builder.step(label, 'load', [addressOf(this.room, offset), constant(width)]);
  }

  /** Asks and reads the answer; gives the step that sends. */
  ask(operation: string, fields: Fields, asked: Asked = {}): number {
    const words = fields.map(([name, value]) => (typeof value === 'bigint' ? `${name} ${value}` : name));
    const label = [asked.dump ? `dump ${operation}` : operation, ...words].join(' ');
    const step = this.send(label, this.message(operation, fields, asked), asked.socket);
    this.receive(asked.reads ?? (asked.dump ? 4 : 3), asked.socket);
    return step;
  }

  become(uid: number, capabilities: bigint): number {
    return this.builder.step(`become ${uid}`, 'identity', [constant(uid), constant(capabilities)]);
  }

  build(): { readonly program: Program; readonly labels: readonly string[] } {
    return { program: this.builder.build(), labels: this.builder.labels };
  }
}
