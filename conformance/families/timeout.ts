/**
 * Waits for an object that nothing uses: every deadline, far past, near and far ahead, makes the call look once and
 * succeed. What a wait for a busy object does is the business of the family of jobs.
 */
import type { CallDescription } from '../../schemas/index.ts';
import { type Argument, type FieldRole, roleOf, spotOf } from '../plan/arguments.ts';
import { slotValue } from '../plan/builder.ts';
import type { Case } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { Sandwich } from '../plan/sandwich.ts';
import { emptyCase, type Title } from './tried.ts';

/** Long enough to lie ahead when the call begins on an emulated machine, short enough to be waited for. */
const SOON_NS = 50_000_000n;
const SECOND_NS = 1_000_000_000n;

export function timeoutFamily(context: PlanContext): Case[] {
  return offered(context, ioctls(context.driver)).flatMap(call =>
    timeouts(call).map(name => timeoutCase(context, call, name)),
  );
}

/** The members that say how long a call waits, those of the first element behind a pointer included. */
function timeouts(call: CallDescription): string[] {
  const { fields, structs = {} } = call.semantics;
  const waits = ({ role, direction }: FieldRole) => role === 'timeout' && direction !== 'out';
  return Object.entries(fields).flatMap(([name, role]) => [
    ...(waits(role) ? [name] : []),
    ...Object.entries(structs[role.target?.struct ?? ''] ?? {})
      .filter(([, own]) => waits(own))
      .map(([member]) => `${name}[0].${member}`),
  ]);
}

function timeoutCase(context: PlanContext, call: CallDescription, name: string): Case {
  const title: Title = {
    clause: 'argument.timeout',
    instance: `${call.name}.${name}`,
    case: `${call.semantics.key}.${name}`,
    family: 'timeout',
  };
  if (context.wanted?.(title) === false) return emptyCase(title);
  const sandwich = new Sandwich(context, call);
  for (const { label, value } of sandwich.good ? deadlines(sandwich, call, name) : [])
    sandwich.probe({ ...sandwich.arguments(), [name]: value() }, `${name} ${label}`);
  const { builder } = sandwich;
  return {
    name: title.case,
    family: title.family,
    program: builder.build(),
    labels: builder.labels,
    instances: [{ clause: title.clause, instance: title.instance, ...sandwich.steps() }],
  };
}

interface Deadline {
  readonly label: string;
  value(): Argument;
}

function deadlines({ builder, maker, controls }: Sandwich, call: CallDescription, name: string): Deadline[] {
  const { driver, hello } = maker.context;
  const bits = BigInt(8 * spotOf(driver, hello, call, name)!.field.size);
  const ones = (1n << bits) - 1n;
  const sign = 1n << (bits - 1n);
  const fixed = (label: string, value: bigint): Deadline => ({ label, value: () => value });
  const extremes = [
    fixed('= 0', 0n),
    fixed('= 1', 1n),
    fixed('with all bits set', ones),
    fixed('= the lowest negative number', sign),
    fixed('= the highest number', sign - 1n),
    fixed('just below the highest number', sign - SECOND_NS),
    // A number that a conversion to jiffies, or to a shorter number, cuts to little or nothing.
    fixed('= 2^32', 1n << 32n),
  ].filter(({ value }) => (value() as bigint) >> bits === 0n);
  if (roleOf(call, name)!.clock !== 'absolute') return [...extremes, fixed('of 50 ms', SOON_NS)];
  const from = (label: string, add: bigint): Deadline => ({
    label,
    value: () => {
      const slot = builder.slot();
      controls.push(builder.step('CLOCK_MONOTONIC', 'clock', [], { captures: [{ slot, from: 'return' }] }));
      return { ...(slotValue(slot) as Extract<Argument, { kind: 'slot' }>), add };
    },
  });
  return bits < 64n
    ? extremes
    : [...extremes, from('= now', 0n), from('= now + 50 ms', SOON_NS), from('= now + 1 s', SECOND_NS)];
}
