/**
 * What a call writes: every good variation of every call, with memory poisoned twice, so that a byte that only
 * happens to hold the right value shows too.
 */
import type { CallDescription } from '../../schemas/index.ts';
import { ProgramBuilder } from '../plan/builder.ts';
import { type Argument, CallMaker, MARGIN } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { ioctls, O_RDWR, type PlanContext } from '../plan/context.ts';

const POISONS = [0x5a, 0xa5];
/** Room for the query sizes that a variation tries, in bytes, next to the good one. */
const SIZES = [0n, 1n, 4n, 8n, 12n, 15n, 64n];

export function outputFamily(context: PlanContext): Case[] {
  return ioctls(context.driver).map(call => outputs(context, call));
}

function outputs(context: PlanContext, call: CallDescription): Case {
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const { step, fd } = builder.open(context.nodePath, O_RDWR);
  const controls = [step];
  const probes: number[] = [];
  const layout = maker.layout(call);
  let possible = true;
  for (const pick of variations(maker, call)) {
    const made = maker.goodArguments(fd, call, pick.choose);
    if (!made) {
      possible = false;
      break;
    }
    for (const poison of POISONS) {
      const values = {
        ...(poison === POISONS[0] ? made.values : maker.goodArguments(fd, call, pick.choose)!.values),
        ...pick.values,
      };
      retarget(maker, call, values);
      controls.push(...made.setup);
      poisonTargets(builder, values, poison);
      probes.push(
        maker.call(fd, call, values, {
          room: layout.size + MARGIN,
          align: 'start',
          poison,
          label: `${call.name}: ${pick.label}, poison 0x${poison.toString(16)}`,
        }),
      );
    }
  }
  const instances: Instance[] = [];
  const add = (clause: Instance['clause'], name: string, about: NonNullable<Instance['about']>) =>
    instances.push({
      clause,
      instance: name,
      controls,
      probes,
      about,
      ...(possible ? {} : { notReached: 'no described call creates the handle it needs' }),
    });
  add(
    'dispatch.valid-call',
    call.name,
    difference => difference.kind === 'outcome' || difference.kind === 'return',
  );
  for (const [name, role] of Object.entries(call.semantics.fields)) {
    if (role.direction === 'out' || role.direction === 'inout')
      add(
        'output.field',
        `${call.name}.${name}`,
        difference => difference.field === name && difference.kind !== 'outcome',
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
  readonly choose: (field: string, count: number) => number;
  readonly values: Record<string, Argument>;
}

/** Every good value of every member, one member at a time, and several lengths of memory behind a pointer. */
function variations(maker: CallMaker, call: CallDescription): Variation[] {
  const list: Variation[] = [{ label: 'as it stands', choose: () => 0, values: {} }];
  for (const [name, role] of Object.entries(call.semantics.fields)) {
    if (role.direction === 'out' || role.role === 'handle') continue;
    if (role.role === 'pointer') {
      if (role.target!.nullable)
        list.push({ label: `${name} NULL`, choose: field => (field === name ? 1 : 0), values: {} });
      for (const size of SIZES)
        list.push({
          label: `${role.target!.bytes} = ${size}`,
          choose: () => 0,
          values: { [role.target!.bytes]: size },
        });
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
    if (role.role !== 'pointer' || values[name] === 0n) continue;
    values[name] = {
      kind: 'address',
      buffer: maker.target(call, name, values[role.target!.bytes] as bigint),
      offset: 0n,
    };
  }
}

/** Fills the memory behind the pointers before the next call, by a step that does nothing else. */
function poisonTargets(
  builder: ProgramBuilder,
  values: Readonly<Record<string, Argument>>,
  poison: number,
): void {
  const fills = Object.values(values)
    .filter(
      (value): value is Extract<Argument, { kind: 'address' }> =>
        typeof value === 'object' && value.kind === 'address',
    )
    .map(({ buffer }) => ({ buffer, offset: 0, bytes: new Uint8Array(builder.sizeOf(buffer)).fill(poison) }));
  if (fills.length > 0) builder.step('poison the memory behind the pointers', 'nop', [], { fills });
}
