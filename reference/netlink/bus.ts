/** The kernel's end of generic netlink: takes requests apart, lets their family answer, and queues what comes back. */
import {
  askedFamily,
  attributeNumbers,
  type CheckScene,
  CONTROLLER,
  decodeGeneric,
  decodeMessages,
  type ExtendedAck,
  encodeAck,
  encodeBareDone,
  encodeDone,
  encodeFields,
  encodeGeneric,
  encodeMessage,
  errnoNumber,
  type Fields,
  findSet,
  firstFailing,
  GENERIC_BYTES,
  HEADER_BYTES,
  holdsNetlink,
  type NetlinkMessage,
  type NetlinkOperation,
  NLM_F,
  NLMSG,
  type OverlayCheck,
  type OverlayExchange,
  type RawAttribute,
  tellFamily,
} from '../../schemas/index.ts';
import type { Caller, FamilyModel, NetlinkFault, Request } from './family.ts';
import { type Parsed, parseRequest } from './policy.ts';
import { NetlinkSocket } from './socket.ts';

/** Capabilities that checks name, by their bit (include/uapi/linux/capability.h). */
const CAPABILITIES: Readonly<Record<string, bigint>> = { CAP_NET_ADMIN: 12n, CAP_SYS_ADMIN: 21n };
/** The kernel's texts differ from release to release; that there is one is what counts. */
const TEXT = 'refused';
/** Lists whose checks a kernel makes before a dump begins; what is refused later is told at the end of the dump. */
const BEFORE_DUMP: ReadonlySet<string> = new Set([
  'header',
  'reserved',
  'command',
  'admin',
  'strict',
  'policy',
]);
const FIRST_PORT = 1000;

const BEFORE_PARSING: ReadonlySet<string> = new Set(['header', 'reserved', 'command', 'admin']);

interface Refusal extends ExtendedAck {
  readonly errno: number;
}

export class GenericNetlink {
  private readonly families: readonly FamilyModel[];
  private readonly faults: ReadonlySet<NetlinkFault>;
  private readonly sockets = new Set<NetlinkSocket>();
  private nextPort = FIRST_PORT;
  /** Whether the request that is answered has bytes behind its attributes. */
  private trails = false;

  constructor(families: readonly FamilyModel[], faults: readonly NetlinkFault[] = []) {
    this.families = families;
    this.faults = new Set(faults);
    for (const family of families)
      family.attach?.((operation, fields, wanted) => this.tell(family, operation, fields, wanted));
  }

  /** A message to everybody who is in the group of a notification. */
  private tell(
    family: FamilyModel,
    operation: string,
    fields: Fields,
    wanted: (socket: object) => boolean = () => true,
  ): void {
    const { description, groups, number } = family;
    const { spec, reply } = description.operations.get(operation)!;
    const group = groups.get(spec.mcgrp!);
    const bytes = encodeMessage({
      type: number,
      flags: 0,
      sequence: 0,
      port: 0,
      payload: encodeGeneric(
        { command: reply!, version: 1 },
        encodeFields(description.spec, spec['attribute-set'], fields),
      ),
    });
    const all = this.faults.has('told-to-all');
    for (const socket of this.sockets)
      if (all || (group !== undefined && socket.groups.has(group) && wanted(socket)))
        socket.queue.push(bytes);
  }

  open(capabilities: bigint): NetlinkSocket {
    const socket = new NetlinkSocket(this.nextPort, capabilities);
    this.nextPort += 1;
    this.sockets.add(socket);
    return socket;
  }

  /** What a write to the socket brings. */
  send(socket: NetlinkSocket, bytes: Uint8Array, capabilities: bigint): void {
    let at = 0;
    for (const message of decodeMessages(bytes).messages) {
      const length = HEADER_BYTES + message.payload.length;
      this.one(socket, message, bytes.slice(at, at + length), { capabilities, opener: socket.opener });
      at += (length + 3) & ~3;
    }
  }

  private one(socket: NetlinkSocket, message: NetlinkMessage, whole: Uint8Array, caller: Caller): void {
    this.trails = false;
    const asks = (message.flags & NLM_F.request) !== 0 && message.type >= NLMSG.firstFamily;
    const refusal = asks ? this.answer(socket, message, caller) : undefined;
    if (refusal === 'dump') return;
    if (!refusal && !(message.flags & NLM_F.ack && !this.faults.has('ack-forgotten'))) return;
    const { errno, ...told }: Refusal = refusal ?? { errno: 0 };
    // What older operations let through is remarked upon all the same (lib/nlattr.c:650).
    const extended = this.trails && told.message === undefined ? { ...told, message: TEXT } : told;
    socket.queue.push(encodeAck(whole, errno, socket.port, this.faults.has('no-extack') ? {} : extended));
  }

  private answer(
    socket: NetlinkSocket,
    message: NetlinkMessage,
    caller: Caller,
  ): Refusal | 'dump' | undefined {
    if (message.type === CONTROLLER) return this.control(socket, message);
    const family = this.families.find(({ number }) => number === message.type);
    return family ? this.ask(family, socket, message, caller) : { errno: errnoNumber('ENOENT') };
  }

  private control(socket: NetlinkSocket, { payload, sequence }: NetlinkMessage): Refusal | undefined {
    const name = askedFamily(payload);
    if (name === undefined) return { errno: errnoNumber('EOPNOTSUPP') };
    const found = this.families.find(each => each.description.spec.name === name);
    if (!found) return { errno: errnoNumber('ENOENT') };
    const told = tellFamily({ name, number: found.number, version: 1, groups: found.groups });
    socket.queue.push(
      encodeMessage({ type: CONTROLLER, flags: 0, sequence, port: socket.port, payload: told }),
    );
    return undefined;
  }

  private ask(
    family: FamilyModel,
    socket: NetlinkSocket,
    message: NetlinkMessage,
    caller: Caller,
  ): Refusal | 'dump' | undefined {
    const { description } = family;
    const generic = decodeGeneric(message.payload);
    const asked = (message.flags & NLM_F.dump) === NLM_F.dump ? 'dump' : 'do';
    const other = asked === 'do' ? 'dump' : 'do';
    const has = (mode: 'do' | 'dump') =>
      [...description.operations.values()].some(
        ({ request, spec }) => request === generic?.command && spec[mode] !== undefined,
      );
    const mode = this.faults.has('command-falls-back') && !has(asked) && has(other) ? other : asked;
    const operation = [...description.operations.values()].find(
      each => each.request === generic?.command && each.spec[mode] !== undefined,
    );
    const exchange = operation?.overlay[mode];
    const attributes = generic?.attributes ?? new Uint8Array(0);
    const strict = exchange?.before.includes('strict') ?? false;
    const parsed = operation && parseRequest(description, operation, mode, attributes, strict);
    const values = parsed?.values ?? new Map();
    this.trails = (parsed?.rest ?? 0) > 0 && (exchange?.before.includes('policy') ?? false);
    const request: Request = { operation: operation?.name ?? '', mode, values, socket };
    const situation = family.situation(request);
    const flags = mode === 'dump' ? message.flags & ~NLM_F.dump : message.flags;
    const general: Readonly<Record<string, () => boolean>> = {
      'header-short': () => generic === undefined,
      'header-reserved': () => generic?.reserved !== 0 && !this.faults.has('reserved-ignored'),
      'flags-reserved': () => (flags & ~(NLM_F.request | NLM_F.ack | NLM_F.echo)) !== 0,
      'no-operation': () => operation === undefined,
      'attributes-trail': () => (parsed?.rest ?? 0) > 0,
    };
    let chosen: { readonly errno: string; readonly message?: boolean } | undefined;
    const scene: CheckScene = {
      present: name => request.values.has(name),
      value: name => {
        const value = request.values.get(name);
        return typeof value === 'bigint' ? value : undefined;
      },
      length: name => String(request.values.get(name) ?? '').length,
      exists: situation.exists,
      property: (object, property) => situation.property?.(object, property),
      offers: situation.offers,
      capable: name => this.capable(caller, CAPABILITIES[name]!),
      named: name => {
        if (general[name]) return general[name]();
        if (this.ignores(name)) return false;
        if (
          description.lists.policy?.concat(description.lists.strict ?? []).some(({ check }) => check === name)
        )
          return parsed?.wrong(name) !== undefined;
        const held = situation.named(name);
        if (typeof held === 'string') chosen = { errno: held };
        else if (typeof held === 'object') chosen = held;
        return held !== false;
      },
    };
    if (!exchange || !operation) {
      const checks = ['header', 'reserved', 'command'].flatMap(list => description.lists[list]!);
      const check = checks.find(({ when }) => holdsNetlink(description, when, scene))!;
      return refusalOf(check, { errno: check.errno }, parsed);
    }
    // What a driver answers to one of many comes in the middle of the dump.
    const found = firstFailing(
      description,
      exchange,
      scene,
      check => mode === 'dump' && check.errno === 'driver',
    );
    if (found) {
      const { check, list } = found;
      if (list !== undefined && BEFORE_PARSING.has(list)) this.trails = false;
      const { errno, message: words = false } = check.errno === 'driver' ? chosen! : { errno: check.errno };
      const missing = check.when.missing && this.numberOf(family, operation, check.when.missing);
      const blamed = blamedOf(check, exchange);
      const number = blamed === undefined ? undefined : this.numberOf(family, operation, blamed);
      const bad = parsed?.attributes.findLast(each => each.number === number);
      const refusal = {
        ...refusalOf(check, { errno, ...(missing ? { missing } : {}) }, parsed, bad),
        ...(words ? { message: TEXT } : {}),
      };
      if (list === undefined) family.refused?.(request, check.check);
      if (mode === 'do' || (list !== undefined && BEFORE_DUMP.has(list))) return refusal;
      const { errno: value, ...extended } = refusal;
      const told = this.faults.has('no-extack') ? {} : extended;
      socket.queue.push(encodeDone(message.sequence, value, socket.port, told));
      return 'dump';
    }
    if (mode === 'do') {
      const reply = family.act(request);
      if (reply && 'many' in reply) {
        for (const each of reply.many)
          socket.queue.push(this.message(family, operation, each, message.sequence, socket, NLM_F.multi));
        if (reply.errno !== undefined) return { errno: errnoNumber(reply.errno) };
        socket.queue.push(encodeBareDone(message.sequence, socket.port));
      } else if (reply)
        socket.queue.push(this.message(family, operation, reply, message.sequence, socket, 0));
      return undefined;
    }
    if (socket.dump) return { errno: errnoNumber('EBUSY') };
    socket.dump = {
      sequence: message.sequence,
      messages: this.messages(family, operation, request, message.sequence, socket),
      loses: this.faults.has('datagram-loses'),
      endless: this.faults.has('no-done'),
    };
    socket.goOn();
    return 'dump';
  }

  private *messages(
    family: FamilyModel,
    operation: NetlinkOperation,
    request: Request,
    sequence: number,
    socket: NetlinkSocket,
  ): Generator<Uint8Array, string | undefined> {
    const dump = family.dump(request);
    const multi = this.faults.has('no-multi') ? 0 : NLM_F.multi;
    for (;;) {
      const next = dump.next();
      if (next.done) return next.value;
      yield this.message(family, operation, next.value, sequence, socket, multi);
    }
  }

  private message(
    family: FamilyModel,
    operation: NetlinkOperation,
    fields: Fields,
    sequence: number,
    { port }: NetlinkSocket,
    flags: number,
  ): Uint8Array {
    const { spec } = family.description;
    const attributes = encodeFields(spec, operation.spec['attribute-set'], fields);
    return encodeMessage({
      type: family.number,
      flags,
      sequence: this.faults.has('other-sequence') ? sequence + 1 : sequence,
      port,
      payload: encodeGeneric({ command: operation.reply!, version: 1 }, attributes),
    });
  }

  private numberOf(family: FamilyModel, operation: NetlinkOperation, name: string): number {
    const { whole } = findSet(family.description.spec, operation.spec['attribute-set'])!;
    return attributeNumbers(whole).get(name)! + (this.faults.has('wrong-missing-type') ? 1 : 0);
  }

  private capable({ capabilities, opener }: Caller, bit: bigint): boolean {
    if (this.faults.has('unprivileged')) return true;
    const has = (set: bigint) => ((set >> bit) & 1n) === 1n;
    return has(opener) && (this.faults.has('opener-only') || has(capabilities));
  }

  private ignores(name: string): boolean {
    if (name === 'attribute-beyond' || name === 'attribute-unlisted') return this.faults.has('extra-ignored');
    if (name === 'attribute-length' || name === 'attribute-short') return this.faults.has('short-accepted');
    return false;
  }
}

/** The attribute that a check of an operation blames: the one it asks for, else the one that the operation needs. */
function blamedOf({ when }: OverlayCheck, { required }: OverlayExchange): string | undefined {
  const asked = when.present ?? when.all?.find(({ present }) => present !== undefined)?.present;
  return asked ?? (required.length === 1 ? required[0] : undefined);
}

function refusalOf(
  check: OverlayCheck,
  { errno, missing }: { readonly errno: string; readonly missing?: number },
  parsed: Parsed | undefined,
  blamed?: RawAttribute,
): Refusal {
  const told: readonly string[] = check.extack ?? [];
  const named = check.when.named;
  const wrong = named === undefined ? undefined : parsed?.wrong(named);
  const bad = told.includes('attribute') ? (wrong ?? blamed) : undefined;
  return {
    errno: errnoNumber(errno),
    ...(told.includes('message') ? { message: TEXT } : {}),
    ...(bad ? { offset: HEADER_BYTES + GENERIC_BYTES + bad.offset } : {}),
    ...(told.includes('missing') && missing !== undefined ? { missingType: missing } : {}),
  };
}
