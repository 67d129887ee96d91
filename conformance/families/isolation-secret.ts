/** Secrets: one client puts a recognisable pattern wherever bytes go; another looks at everything that it is given. */
import { type CallDescription, littleEndian, sharing, type Trace, type Value } from '../../schemas/index.ts';
import type { Argument } from '../plan/arguments.ts';
import { addressOf, constant, ProgramBuilder, slotValue } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { closingEarly } from '../plan/closing.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { mapShared } from '../plan/map.ts';
import { payloads, pickKind } from '../plan/payloads.ts';
import { derive, Random } from '../plan/random.ts';
import { createdBy, creatorsOf } from '../plan/resources.ts';
import { POISON } from '../plan/sandwich.ts';
import { freshMapped, mappedKinds, unsayable } from './handle-offsets.ts';
import { die, madeCalls, Place } from './isolation-client.ts';
import { offsetOf } from './mapping.ts';

const CLAUSE = 'isolation.secret';
const SECRET_BYTES = 16;
/** So many of its bytes in a row are no chance: 1 in 2^51 for printable ones. */
const RECOGNISED = 8;
const [FIRST_PRINTABLE, PRINTABLE] = [0x21, 94];
/** Objects of each size that are looked at, next to those that held the secret. */
const MORE = 2;
/** Bytes of memory behind pointers that are made up; what is longer holds nothing new. */
const MOST_BEHIND = 4096;
/** Larger objects show nothing that one of some pages does not. */
const MOST_MAPPED = 1n << 18n;

/** Bytes that a name may have too. */
export function secretOf(context: PlanContext): Uint8Array {
  const random = new Random(derive(context.seed, 'secret'));
  return Uint8Array.from({ length: SECRET_BYTES }, () => FIRST_PRINTABLE + random.below(PRINTABLE));
}

function repeated(secret: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => secret[at % secret.length]!);
}

/** Where bytes in a row are from the secret, repeated as it may be; undefined where there are too few. */
export function findSecret(secret: Uint8Array, bytes: Uint8Array): number | undefined {
  const text = (of: Uint8Array) => String.fromCharCode(...of);
  const all = text(repeated(secret, secret.length + RECOGNISED));
  for (let at = 0; at + RECOGNISED <= bytes.length; at += 1)
    if (all.includes(text(bytes.subarray(at, at + RECOGNISED)))) return at;
  return undefined;
}

interface Mapped {
  readonly at: Value;
  readonly handle: Value;
  readonly length: number;
}

/** One client's part of the program. */
class Client {
  readonly maker: CallMaker;
  readonly fd: Value;
  private readonly builder: ProgramBuilder;
  private readonly context: PlanContext;

  constructor(builder: ProgramBuilder, context: PlanContext, fd: Value) {
    this.builder = builder;
    this.context = context;
    this.fd = fd;
    this.maker = new CallMaker(builder, context);
  }

  /** Maps new objects of every size that good calls make. */
  mapAll(): Mapped[] {
    return [...this.byOffset(), ...this.byHandle()];
  }

  private byHandle(): Mapped[] {
    const { context, fd, maker } = this;
    return mappedKinds(context)
      .filter(kind => unsayable(context, kind) === undefined)
      .flatMap(kind =>
        kind.sizes
          .filter(({ bytes }) => bytes <= MOST_MAPPED)
          .map(size => {
            const { handle } = freshMapped(maker, fd, kind, size);
            return { at: this.mapped(handle, size.bytes), handle, length: Number(size.bytes) };
          }),
      );
  }

  /** The mapping at an offset. */
  private mapped(where: Value, length: bigint): Value {
    return mapShared(this.builder, `map ${length} bytes`, this.fd, where, constant(length)).at;
  }

  private byOffset(): Mapped[] {
    return madeCalls(this.context).flatMap(call => {
      const field = offsetOf(call);
      if (field === undefined) return [];
      const creators = createdBy(call) ? [call] : creatorsOf(this.context, 'gem_handle');
      return creators.flatMap(creator =>
        this.sizes(creator).flatMap(size => this.map(call, field, creator, size) ?? []),
      );
    });
  }

  /** The members of a creating call that say how large the object is, each with its good values. */
  private sizes(creator: CallDescription): Record<string, bigint>[] {
    const found = Object.entries(creator.semantics.fields).find(
      ([, { role, direction, valid }]) => role === 'bytes' && direction !== 'out' && valid !== undefined,
    );
    return found ? this.maker.goodValues(creator, found[0]).map(value => ({ [found[0]]: value })) : [];
  }

  private map(
    call: CallDescription,
    field: string,
    creator: CallDescription,
    size: Record<string, bigint>,
  ): Mapped | undefined {
    const { builder, context, fd, maker } = this;
    const slot = builder.slot();
    const keep = { field, slot };
    const made = maker.goodArguments(fd, creator);
    if (!made) return undefined;
    maker.call(fd, creator, { ...made.values, ...size }, creator === call ? { keep } : {});
    let handle = slotValue(builder.lastSlot);
    if (creator !== call) {
      const name = Object.entries(call.semantics.fields).find(([, { role }]) => role === 'handle')?.[0];
      if (name === undefined) return undefined;
      handle = slotValue(builder.lastSlot);
      maker.call(fd, call, { [name]: handle }, { keep });
    }
    const page = BigInt(context.hello.pageSize);
    const length = ((Object.values(size)[0]! + page - 1n) / page) * page;
    return { at: this.mapped(slotValue(slot), length), handle, length: Number(length) };
  }

  /** Places in a mapping at which the secret lies, or would: at the edges of every page. */
  places({ length }: Mapped): number[] {
    const page = this.context.hello.pageSize;
    return Array.from({ length: length / page }, (_, at) => [
      at * page,
      (at + 1) * page - SECRET_BYTES,
    ]).flat();
  }
}

const offset = (value: Value, add: number): Value => ({
  ...(value as Extract<Value, { kind: 'slot' }>),
  add: BigInt(add),
});

/** Puts the secret into mapped memory, names, streams, arrays and members that nobody reads. */
function plant(client: Client, builder: ProgramBuilder, context: PlanContext, secret: Uint8Array): Mapped[] {
  const { maker, fd } = client;
  const mapped = client.mapAll();
  for (const each of mapped) {
    builder.step('fill it', 'fill', [each.at, constant(each.length), constant(secret[0]!)]);
    for (const place of client.places(each))
      for (let half = 0; half < SECRET_BYTES; half += 8)
        builder.step('store a part of the secret', 'store', [
          offset(each.at, place + half),
          constant(8),
          constant(littleEndian(secret.subarray(half, half + 8))),
        ]);
  }
  for (const call of madeCalls(context))
    for (const change of [named, behind, ignored]) {
      const on = maker.descriptorFor(fd, call);
      const made = on && maker.goodArguments(fd, call);
      const values = made && change(maker, call, { ...made.values }, secret);
      if (on && values) maker.call(on.fd, call, values, { label: `${call.name} with the secret` });
    }
  return mapped;
}

type Change = (
  maker: CallMaker,
  call: CallDescription,
  values: Record<string, Argument>,
  secret: Uint8Array,
) => Record<string, Argument> | undefined;

const pointers = (call: CallDescription) =>
  Object.entries(call.semantics.fields).filter(
    ([, { role, direction }]) => role === 'pointer' && direction !== 'out',
  );

/** Text is the secret. */
const named: Change = (maker, call, values, secret) => {
  const texts = pointers(call).filter(([, { target }]) => target!.text && target!.bytes !== undefined);
  for (const [name, { target }] of texts) {
    values[target!.bytes!] = BigInt(secret.length);
    values[name] = addressOf(maker.target(call, name, BigInt(secret.length)));
    values[`${name}[]`] = secret;
  }
  return texts.length > 0 ? values : undefined;
};

/** All memory behind pointers is the secret: mostly refused, after it was copied in. */
const behind: Change = (maker, call, values, secret) => {
  for (const [name] of pointers(call)) {
    const value = values[name];
    if (typeof value !== 'object' || value instanceof Uint8Array || value.kind !== 'address') continue;
    for (const other of Object.keys(values)) if (other.startsWith(`${name}[`)) delete values[other];
    const size = Math.min(maker.builder.sizeOf(value.buffer), MOST_BEHIND);
    values[`${name}[]`] = repeated(secret, size);
  }
  return pointers(call).length > 0 ? values : undefined;
};

/** Members that the call writes, does not look at or only keeps hold the secret. */
const ignored: Change = (maker, call, values, secret) => {
  if (!call.argument) return undefined;
  let changed = false;
  const { fields } = maker.layout(call);
  // What lies over another member, in a union, is read as that.
  const shared = sharing(fields.filter(({ composite }) => !composite));
  for (const field of fields) {
    const { path, size } = field;
    const role = call.semantics.fields[path];
    if (!role || size > 8 || !field.scalar || shared.has(field)) continue;
    if (role.direction !== 'out' && role.direction !== 'unused' && role.role !== 'value') continue;
    values[path] = littleEndian(secret.subarray(0, size));
    changed = true;
  }
  return changed ? values : undefined;
};

interface Looked {
  readonly opened: number;
  readonly memory: readonly number[];
  readonly calls: readonly number[];
  readonly fdinfo: readonly number[];
}

/** Allocates, maps, calls and reads all that there is. */
function look(builder: ProgramBuilder, context: PlanContext, place: Place): Looked {
  const { step, fd } = place.open('open the client that looks');
  const client = new Client(builder, context, fd);
  const { maker } = client;
  const memory: number[] = [];
  for (let count = 0; count < MORE; count += 1)
    for (const each of client.mapAll()) {
      memory.push(builder.step('the whole of it', 'checksum', [each.at, constant(each.length)]));
      for (const where of client.places(each))
        for (let half = 0; half < SECRET_BYTES; half += 8)
          memory.push(builder.step('load from it', 'load', [offset(each.at, where + half), constant(8)]));
    }
  const calls: number[] = [];
  for (const call of madeCalls(context))
    for (let kind = 0; kind < Math.max(payloads(call).length, 1); kind += 1) {
      const on = maker.descriptorFor(fd, call);
      const made = on && maker.goodArguments(fd, call, pickKind(kind));
      if (made) calls.push(maker.call(on.fd, call, made.values, { poison: POISON }));
    }
  const fdinfo = context.driver.manifest.fdinfo === true ? [place.fdinfo()] : [];
  place.close(fd, 'close the client that looks');
  return { opened: step, memory, calls, fdinfo };
}

/** What a step shows that is from the secret. */
function shown(trace: Trace, steps: readonly number[], labels: readonly string[], secret: Uint8Array) {
  for (const step of steps) {
    const result = trace.results[step];
    if (!result) continue;
    const loaded = new Uint8Array(8);
    new DataView(loaded.buffer).setBigUint64(0, BigInt.asUintN(64, result.ret), true);
    const parts = [
      ...(trace.program.steps[step]!.op === 'load' ? [{ bytes: loaded, where: 'what it loads' }] : []),
      ...result.diffs.map(({ bytes, offset: from }) => ({
        bytes,
        where: `what it writes from byte ${from} on`,
      })),
    ];
    for (const { bytes, where } of parts) {
      const at = findSecret(secret, bytes);
      if (at !== undefined)
        return `step ${step}: ${labels[step]}: byte ${at} of ${where} begins ${RECOGNISED} bytes that another client had put elsewhere`;
    }
  }
  return undefined;
}

/** Why there may be nothing to look at. */
function nothing(context: PlanContext, kind: keyof Omit<Looked, 'opened'>): Partial<Instance> {
  if (kind === 'calls') return { notReached: 'no call succeeds here' };
  if (kind === 'fdinfo') return { notClaimed: 'the driver does not offer it' };
  const [unsaid] = mappedKinds(context).map(each => unsayable(context, each));
  return { notReached: unsaid ?? 'no call of the node tells where an object can be mapped' };
}

export function secrets(context: PlanContext): Case[] {
  const ways = ['beside', 'closed', 'died'] as const;
  const kinds = ['memory', 'calls', 'fdinfo'] as const;
  const wanted = (instance: string) => context.wanted?.({ clause: CLAUSE, instance }) !== false;
  return ways.flatMap(way => {
    if (!kinds.some(kind => wanted(`${kind}.${way}`))) return [];
    const builder = new ProgramBuilder();
    const place = new Place(builder, context);
    const secret = secretOf(context);
    const { step, fd } = builder.open(context.nodePath, O_RDWR, 'open the client with the secret');
    const mapped = plant(new Client(builder, context, fd), builder, context, secret);
    const unmap = () => {
      for (const { at, length } of mapped) builder.step('unmap it', 'munmap', [at, constant(length)]);
    };
    const controls = [step];
    if (way !== 'beside') unmap();
    if (way === 'closed') controls.push(builder.close(fd, 'close the client with the secret'));
    if (way === 'died') controls.push(...die(builder, fd));
    const looked = look(builder, context, place);
    controls.push(looked.opened);
    const { labels } = builder;
    const instances = kinds.map((kind): Instance => {
      const probes = looked[kind];
      return {
        clause: CLAUSE,
        instance: `${kind}.${way}`,
        controls,
        probes,
        // New memory is zero; what calls write is the business of other clauses.
        about: ({ kind: what }) => kind === 'memory' && what === 'return',
        look: trace => shown(trace, probes, labels, secret),
        ...(probes.length > 0 ? {} : nothing(context, kind)),
      };
    });
    const tier = way === 'beside' ? {} : closingEarly(context);
    const name = `secret.${way}`;
    return [{ ...tier, name, family: 'isolation', program: builder.build(), labels, instances }];
  });
}
