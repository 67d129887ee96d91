/**
 * What a call writes: every good variation of every call, with memory poisoned twice, so that a byte that only
 * happens to hold the right value shows too.
 */
import { type CallDescription, systemConstant, walk } from '../../schemas/index.ts';
import { spotOf } from '../plan/arguments.ts';
import { addressOf, constant, ProgramBuilder, slotValue } from '../plan/builder.ts';
import { type Argument, CallMaker, descriptorOf, MARGIN } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { ioctls, O_RDWR, type PlanContext } from '../plan/context.ts';
import { offered, outlook } from '../plan/outlook.ts';
import { payloads, pickKind } from '../plan/payloads.ts';
import { whyNot } from '../plan/sandwich.ts';
import { endsOf } from './ends.ts';

const F_GETFD = systemConstant('F_GETFD');
const POISONS = [0x5a, 0xa5];
/** Room for the query sizes that a variation tries, in bytes, next to the good one. */
const SIZES = [0n, 1n, 4n, 8n, 12n, 15n, 64n];

export function outputFamily(context: PlanContext): Case[] {
  return offered(context, ioctls(context.driver)).map(call => outputs(context, call));
}

function outputs(context: PlanContext, call: CallDescription): Case {
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const { step, fd } = builder.open(context.nodePath, O_RDWR);
  const controls = [step];
  const probes: number[] = [];
  const layout = call.argument ? maker.layout(call) : { size: 0 };
  const view = outlook(context, call);
  const on = view.kind === 'succeeds' ? maker.descriptorFor(fd, call) : undefined;
  if (on) controls.push(...on.steps);
  /** Steps that look at the descriptors that the call gave. */
  const looks: number[] = [];
  const refilled: [number, number][] = [];
  const descriptor = descriptorOf(call);
  for (const pick of on ? variations(maker, call) : []) {
    const made = maker.goodArguments(fd, call, pick.choose)!;
    const other = pick.another
      ? maker.freshHandle(fd, call.semantics.fields[pick.another]!.resource!)!
      : undefined;
    if (other) controls.push(other.step);
    const calls: number[] = [];
    for (const poison of POISONS) {
      const again = poison === POISONS[0] ? made : maker.goodArguments(fd, call, pick.choose)!;
      const values = {
        ...again.values,
        ...pick.values,
        ...(other ? { [pick.another!]: other.handle } : {}),
      };
      const slot = descriptor === undefined ? 0 : builder.slot();
      retarget(maker, call, values);
      controls.push(...again.setup);
      poisonTargets(builder, values, poison);
      const sent = maker.call(on!.fd, call, values, {
        room: layout.size + MARGIN,
        align: 'start',
        poison,
        ...(descriptor === undefined ? {} : { keep: { field: descriptor, slot } }),
        label: `${call.name}: ${pick.label}, poison 0x${poison.toString(16)}`,
      });
      calls.push(sent);
      probes.push(sent);
      if (descriptor !== undefined) {
        const flags = builder.step('F_GETFD of the new descriptor', 'fcntl', [
          slotValue(slot),
          constant(F_GETFD),
          constant(0),
        ]);
        looks.push(flags);
        probes.push(flags);
      }
    }
    refilled.push([calls[0]!, calls[1]!]);
  }
  const instances: Instance[] = [];
  const add = (clause: Instance['clause'], name: string, about: NonNullable<Instance['about']>) =>
    instances.push({
      clause,
      instance: name,
      controls,
      probes,
      about,
      ...(clause === 'dispatch.valid-call' ? {} : { needsSuccess: true }),
      ...(clause === 'output.field' ? { refilled } : {}),
      ...(on ? {} : { notReached: whyNot(view) }),
    });
  add(
    'dispatch.valid-call',
    call.name,
    difference =>
      (difference.kind === 'outcome' || difference.kind === 'return') && !looks.includes(difference.step),
  );
  for (const [name, role] of Object.entries(call.semantics.fields)) {
    if (role.direction === 'out' || role.direction === 'inout')
      add(
        'output.field',
        `${call.name}.${name}`,
        difference =>
          (difference.field === name && difference.kind !== 'outcome') ||
          (name === descriptor && looks.includes(difference.step)),
      );
    if (role.role === 'pointer')
      add(
        'output.memory',
        `${call.name}.${name}`,
        difference => difference.kind === 'bytes' && difference.inArgument !== true,
      );
  }
  add(
    'output.untouched',
    call.name,
    difference =>
      difference.kind === 'bytes' && difference.inArgument === true && difference.rule === undefined,
  );
  return {
    name: call.semantics.key,
    family: 'output',
    program: builder.build(),
    labels: builder.labels,
    instances,
  };
}

interface Variation {
  readonly label: string;
  /** The handle member that names a second object. */
  readonly another?: string;
  readonly choose: (field: string, count: number) => number;
  readonly values: Record<string, Argument>;
}

/** Any number; the model tells whether a call takes it. */
const ANY = 0x5a5a_5a5a_5a5a_5a5an;

/**
 * Members that a kind of call leaves 0 and that come back set, with something in them: a good value, else one that has a
 * name, else any number.
 */
function unasked(maker: CallMaker, call: CallDescription, kind: Variation): Variation[] {
  const { context } = maker;
  const set = new Set(walk(call.semantics.body).flatMap(rule => ('set' in rule ? [rule.set] : [])));
  const members = Object.entries(call.semantics.fields).filter(
    ([name, { role, direction }]) =>
      direction === 'inout' && set.has(name) && !['selector', 'handle', 'pointer'].includes(role),
  );
  return members.flatMap(([name, role]) => {
    const named = (role.values?.constants ?? []).map(each => context.driver.types.constantValue(each));
    const spot = spotOf(context.driver, context.hello, call, name);
    const values = [
      ...maker.goodValues(call, name),
      ...named,
      BigInt.asUintN(8 * (spot?.field.size ?? 0), ANY),
    ];
    const tried = values.filter(value => value !== 0n).map(value => ({ [name]: value }));
    const { ends } = endsOf(context, call, kind.choose, {
      changes: ({ good }) =>
        (good?.[name] ?? 0n) === 0n ? tried.map(each => ({ title: name, values: () => each })) : [],
    });
    const taken = tried[ends.findIndex(({ errno }) => errno === undefined)];
    return taken ? [{ ...kind, label: `${kind.label}, ${name} = ${taken[name]}`, values: taken }] : [];
  });
}

/** Every good value of every member, one member at a time, and several lengths of memory behind a pointer. */
function variations(maker: CallMaker, call: CallDescription): Variation[] {
  const kinds = payloads(call);
  const list: Variation[] =
    kinds.length === 0
      ? [{ label: 'as it stands', choose: () => 0, values: {} }]
      : kinds.flatMap(({ label }, index) => {
          const kind = { label, choose: pickKind(index), values: {} };
          return [kind, ...unasked(maker, call, kind)];
        });
  if (kinds.length > 0) return list;
  for (const [name, role] of Object.entries(call.semantics.fields)) {
    if (role.direction === 'out' || role.role === 'descriptor' || role.role === 'array') continue;
    if (role.role === 'handle') {
      if (role.valid) continue;
      list.push({ label: `${name} of another object`, choose: () => 0, values: {}, another: name });
      continue;
    }
    if (role.role === 'pointer') {
      const { bytes } = role.target!;
      if (role.target!.nullable)
        for (const values of bytes === undefined ? [{}] : [{}, { [bytes]: 0n }])
          list.push({
            label: `${name} NULL${Object.keys(values).length > 0 ? `, ${bytes} = 0` : ''}`,
            choose: field => (field === name ? 1 : 0),
            values,
          });
      for (const size of bytes === undefined || role.target!.predicate !== undefined ? [] : SIZES)
        list.push({ label: `${bytes} = ${size}`, choose: () => 0, values: { [bytes!]: size } });
      continue;
    }
    const good = maker.goodValues(call, name);
    for (const [index, value] of good.entries()) {
      if (index > 0)
        list.push({ label: `${name} = ${value}`, choose: field => (field === name ? index : 0), values: {} });
    }
  }
  return list;
}

/** Gives every pointer memory that has room for the length beside it. */
function retarget(maker: CallMaker, call: CallDescription, values: Record<string, Argument>): void {
  for (const [name, role] of Object.entries(call.semantics.fields)) {
    const { bytes } = role.target ?? {};
    if (role.role !== 'pointer' || values[name] === 0n || bytes === undefined) continue;
    values[name] = addressOf(maker.target(call, name, values[bytes] as bigint));
  }
}

/** Fills the memory behind the pointers before the next call, by a step that does nothing else. */
export function poisonTargets(
  builder: ProgramBuilder,
  values: Readonly<Record<string, Argument>>,
  poison: number,
): void {
  const fills = Object.values(values)
    .filter(
      (value): value is Extract<Argument, { kind: 'address' }> =>
        typeof value === 'object' && !(value instanceof Uint8Array) && value.kind === 'address',
    )
    .filter(({ buffer }) => builder.fillable(buffer))
    .map(({ buffer }) => ({ buffer, offset: 0, bytes: new Uint8Array(builder.sizeOf(buffer)).fill(poison) }));
  if (fills.length > 0) builder.step('poison the memory behind the pointers', 'nop', [], { fills });
}
