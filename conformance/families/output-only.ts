/** What a program leaves in a member that is output only: every value of it makes the call end alike. */
import { type CallDescription, errnoName, fieldOf, type Trace } from '../../schemas/index.ts';
import { argumentLayout, spotOf } from '../plan/arguments.ts';
import type { Case, Instance } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { Sandwich } from '../plan/sandwich.ts';

const CLAUSE = 'extension.output-only';

export function outputOnlyFamily(context: PlanContext): Case[] {
  return offered(context, ioctls(context.driver)).flatMap(call => {
    const members = outputsOf(context, call).filter(
      name => context.wanted?.({ clause: CLAUSE, instance: `${call.name}.${name}` }) !== false,
    );
    return members.length === 0 ? [] : [left(context, call, members)];
  });
}

/** An output that lies over an input, in a union of both, is not output only: what a program leaves there is asked. */
function outputsOf({ driver, hello }: PlanContext, call: CallDescription): string[] {
  const { fields } = call.semantics;
  const layout = argumentLayout(driver, hello, call);
  const inputs = layout.fields.filter(({ path }) => fields[path] && fields[path].direction !== 'out');
  return Object.entries(fields).flatMap(([name, { direction, role }]) => {
    if (direction !== 'out' || role === 'array') return [];
    const { offset, size } = fieldOf(layout, name);
    const asked = inputs.some(input => input.offset < offset + size && offset < input.offset + input.size);
    return asked ? [] : [name];
  });
}

/** Small, with the highest bit, with all bits: 0 is what most programs leave there, which the other families send. */
function valuesOf(bits: bigint): bigint[] {
  return [1n, 1n << (bits - 1n), (1n << bits) - 1n];
}

function left(context: PlanContext, call: CallDescription, members: readonly string[]): Case {
  const sandwich = new Sandwich(context, call);
  const { driver, hello } = context;
  const instances = members.map((name): Instance => {
    const first = sandwich.probes.length;
    const bits = BigInt(8 * spotOf(driver, hello, call, name)!.field.size);
    for (const value of sandwich.good ? valuesOf(bits) : [])
      sandwich.probe({ ...sandwich.arguments(), [name]: value }, `${name} holds 0x${value.toString(16)}`);
    const probes = sandwich.probes.slice(first);
    return {
      clause: CLAUSE,
      instance: `${call.name}.${name}`,
      ...sandwich.steps(),
      probes,
      // How the call ends is the business of other families; here it is that it ends alike.
      about: () => false,
      look: trace => unlike(trace, probes),
    };
  });
  return {
    name: `${call.semantics.key}.output-only`,
    family: 'output',
    program: sandwich.builder.build(),
    labels: sandwich.builder.labels,
    instances,
  };
}

/** What a machine may answer to any call at any time says nothing. */
const CHANCE = ['EINTR', 'EAGAIN', 'ENOMEM'];

function unlike(trace: Trace, steps: readonly number[]): string | undefined {
  const ends = steps.flatMap(step => {
    const { errno = 0 } = trace.results[step] ?? {};
    const name = errno === 0 ? 'success' : errnoName(errno);
    return CHANCE.includes(name) ? [] : [{ step, name }];
  });
  const other = ends.find(({ name }) => name !== ends[0]!.name);
  return (
    other && `step ${other.step}: ended with ${other.name}, and step ${ends[0]!.step} with ${ends[0]!.name}`
  );
}
