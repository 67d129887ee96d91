/** Sizes that go in as the room behind a pointer and come out as what is needed: asked for first, then used. */
import { type CallDescription, type Term, type WriteRule, walk } from '../../schemas/index.ts';
import { addressOf, type ProgramBuilder, slotValue } from '../plan/builder.ts';
import { type Arguments, MARGIN } from '../plan/call-maker.ts';
import type { Case } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { POISON, Sandwich } from '../plan/sandwich.ts';
import { fieldsIn, numberOf } from './formula.ts';
import { poisonTargets } from './output.ts';
import { emptyCase, type Title } from './tried.ts';

export function negotiationFamily(context: PlanContext): Case[] {
  return offered(context, ioctls(context.driver)).flatMap(call =>
    rooms(call).map(room => negotiationCase(context, call, room)),
  );
}

/** A pointer with the member that says how much room is behind it, and what is needed. */
interface Room {
  readonly pointer: string;
  readonly size: string;
  readonly nullable: boolean;
}

export function rooms(call: CallDescription): Room[] {
  const { fields } = call.semantics;
  return Object.entries(fields).flatMap(([pointer, { target }]) => {
    const size = target?.bytes;
    return size !== undefined && fields[size]?.direction === 'inout'
      ? [{ pointer, size, nullable: target?.nullable === true }]
      : [];
  });
}

/** The bytes that the call has to give behind a pointer; undefined where only the driver knows. */
function needed(context: PlanContext, call: CallDescription, pointer: string): bigint | undefined {
  const write = walk(call.semantics.body).find(
    (rule): rule is WriteRule => 'write' in rule && fieldsIn(rule.at).includes(pointer),
  )?.write;
  if (!write) return undefined;
  const term: Term | undefined =
    'text' in write ? { length: write.text } : 'struct' in write ? { sizeof: write.struct } : undefined;
  return term && numberOf(context, term);
}

function negotiationCase(context: PlanContext, call: CallDescription, room: Room): Case {
  const title: Title = {
    clause: 'output.negotiation',
    instance: `${call.name}.${room.size}`,
    case: `${call.semantics.key}.${room.size}`,
    family: 'negotiation',
  };
  if (context.wanted?.(title) === false) return emptyCase(title);
  const sandwich = new Sandwich(context, call);
  if (sandwich.good) probe(sandwich, call, room, needed(context, call, room.pointer));
  const { builder } = sandwich;
  return {
    name: title.case,
    family: title.family,
    program: builder.build(),
    labels: builder.labels,
    instances: [{ clause: title.clause, instance: title.instance, ...sandwich.steps() }],
  };
}

function probe(sandwich: Sandwich, call: CallDescription, room: Room, need: bigint | undefined): void {
  const { builder, maker } = sandwich;
  const { pointer, size } = room;
  const send = (values: Arguments, label: string, keep?: { field: string; slot: number }) => {
    const all = { ...sandwich.arguments(), ...values };
    poisonTargets(builder, all, POISON);
    sandwich.probe(all, label, keep ? { keep } : {});
  };
  const memory = (bytes: bigint) => addressOf(maker.target(call, pointer, bytes));
  const exact = need ?? BigInt(MARGIN);
  const sizes = [exact - 1n, exact, exact + 1n, exact + BigInt(MARGIN), 0n, 1n];
  for (const bytes of new Set(sizes.filter(value => value >= 0n)))
    send({ [pointer]: memory(bytes), [size]: bytes }, `room for ${bytes} bytes, ${exact} needed`);
  // The room ends where nothing may be touched any more.
  for (const bytes of [exact - 1n, exact].filter(value => value > 0n))
    send({ [pointer]: edge(builder, bytes), [size]: bytes }, `room for ${bytes} bytes at the end of memory`);
  if (!room.nullable) return;
  send({ [pointer]: 0n, [size]: exact }, 'no memory, and a size all the same');
  const slot = builder.slot();
  send({ [pointer]: 0n, [size]: 0n }, 'the size that is needed', { field: size, slot });
  send({ [pointer]: memory(exact), [size]: slotValue(slot) }, 'the size that the call itself asked for');
}

/** Memory of so many bytes before a guard page. */
function edge(builder: ProgramBuilder, bytes: bigint) {
  return addressOf(builder.buffer(Number(bytes), { align: 'end' }));
}
