/** Counts of arrays: none, one, the most that is allowed, one more, and numbers whose memory is not there. */
import { type CallDescription, checks, type EachRule, fieldOf, walk } from '../../schemas/index.ts';
import { spotOf } from '../plan/arguments.ts';
import type { CallMaker } from '../plan/call-maker.ts';
import type { Case } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { payloads } from '../plan/payloads.ts';
import type { Sandwich } from '../plan/sandwich.ts';
import { fieldsIn, numberOf, orders } from './formula.ts';
import type { Change } from './search.ts';
import { told, triedCase } from './tried.ts';

/**
 * Where counts leave a signed or an unsigned 32-bit number. A kernel that allocates for the count before it looks at the
 * memory (drivers/accel/ethosu/ethosu_job.c:522, Linux 7.3.4) asks for more than INT_MAX bytes here, and may warn.
 */
const FAR = [(1n << 31n) - 1n, 1n << 31n, (1n << 32n) - 1n, 1n << 32n, (1n << 64n) - 1n];

export function countFamily(context: PlanContext): Case[] {
  return offered(context, ioctls(context.driver)).flatMap(call =>
    countsOf(call).map(name =>
      triedCase(
        context,
        call,
        {
          clause: 'argument.count',
          instance: `${call.name}.${name}`,
          case: `${call.semantics.key}.${name}.counts`,
          family: 'count',
        },
        {
          changes: sandwich => [...kinds(sandwich, call), ...counts(sandwich.maker, call, name)],
          keep: told,
          nothing: 'the model can tell the end of no other count',
        },
      ),
    ),
  );
}

/** The members that count something: by their role, beside a pointer, or over an array of the argument. */
export function countsOf(call: CallDescription): string[] {
  const fields = Object.entries(call.semantics.fields);
  const names = [
    ...fields.flatMap(([name, role]) => (role.role === 'count' && role.direction !== 'out' ? [name] : [])),
    ...fields.flatMap(([, role]) => (role.target?.count === undefined ? [] : [role.target.count])),
    ...eaches(call).flatMap(rule => fieldsIn(rule.count)),
  ];
  return [...new Set(names)].filter(name => call.semantics.fields[name]);
}

function eaches(call: CallDescription): EachRule[] {
  return walk(call.semantics.body).filter((rule): rule is EachRule => 'each' in rule);
}

/** Good calls of every kind: they have counts of their own. */
export function kinds(sandwich: Sandwich, call: CallDescription): Change[] {
  return payloads(call).map(payload => ({
    title: payload.label,
    values: () => {
      const made = payload.build(sandwich.maker, sandwich.fd, call, () => 0);
      sandwich.controls.push(...(made?.setup ?? []));
      return made?.values ?? {};
    },
  }));
}

function counts(maker: CallMaker, call: CallDescription, name: string): Change[] {
  const { context } = maker;
  const { field } = spotOf(context.driver, context.hello, call, name)!;
  const bounds = [...limits(context, call, name), ...lengths(maker, call, name)];
  const values = [0n, 1n, 2n, ...bounds.flatMap(bound => [bound - 1n, bound, bound + 1n]), ...FAR];
  const fits = (value: bigint) => value >= 0n && value >> BigInt(8 * field.size) === 0n;
  return [...new Set(values)].filter(fits).map(value => ({
    title: `${name} = ${value}`,
    values: () => ({ [name]: value }),
  }));
}

/** The numbers that a check compares the count with. */
function limits(context: PlanContext, call: CallDescription, name: string): bigint[] {
  return checks(call.semantics.body).flatMap(check =>
    orders(check.when)
      .filter(({ terms }) => fieldsIn(terms).includes(name))
      .flatMap(({ terms }) => terms.flatMap(term => numberOf(context, term) ?? [])),
  );
}

/** The lengths of the argument's arrays that the count is of. */
function lengths(maker: CallMaker, call: CallDescription, name: string): bigint[] {
  return eaches(call)
    .filter(rule => rule.member !== undefined && call.semantics.fields[rule.member])
    .filter(rule => fieldsIn(rule.count).includes(name))
    .map(rule => BigInt(fieldOf(maker.layout(call), rule.member!).array?.length ?? 0));
}
