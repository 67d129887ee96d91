/** Bounds: the last value inside is accepted, the first outside is refused by exactly the check that has the bound. */
import { type CallDescription, type CheckRule, checks, type Term } from '../../schemas/index.ts';
import { type Argument, type Arguments, elementLayout, roleOf, spotOf } from '../plan/arguments.ts';
import { addressOf } from '../plan/builder.ts';
import type { Case } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import type { Sandwich } from '../plan/sandwich.ts';
import { kinds } from './count.ts';
import { fieldsIn, type Member, memberOf, numberOf, orders } from './formula.ts';
import { changesFor } from './rules.ts';
import type { Change } from './search.ts';
import { told, triedCase } from './tried.ts';

/** Clauses that have a family of their own for the same comparisons. */
const ELSEWHERE = /^(?:argument\.(?:count|deadline)|handle\.|reserved\.|dispatch\.)/;
/** A call that asks for more bytes than this and succeeds would take the machine's memory from everybody else. */
const MOST_BYTES = 1n << 26n;
/** Bytes behind a pointer that are made up for a length. */
const MOST_CONTENT = 65536n;
/** Bytes of room that are made up for a length. */
const MOST_ROOM = 1n << 20n;
/** Elements of an array that are made up for a count. */
const MOST_ELEMENTS = 256n;
/** Bounds that other objects set: some kinds of good calls fill them exactly. */
const OBJECTS = /"property":/;
/** Elements of an array that are tried: a check that looks at the first one only shows at the second. */
const ELEMENTS = 2;

export function rangeFamily(context: PlanContext): Case[] {
  return offered(context, ioctls(context.driver)).flatMap(call =>
    checks(call.semantics.body)
      .filter(check => !check.optional && !ELSEWHERE.test(check.clause))
      .filter(check => check.clause === 'argument.range' || bounded(call, check))
      .map(check => rangeCase(context, call, check)),
  );
}

/** Whether a check bounds the bytes of what only a maker of good calls can make so long. */
function boundsContent(call: CallDescription, check: CheckRule): boolean {
  const fields = fieldsIn(check.when);
  return Object.values(call.semantics.fields).some(
    ({ target }) => target?.predicate !== undefined && fields.includes(target.bytes ?? ''),
  );
}

/** Whether a check compares a member of the call with a number. */
function bounded(call: CallDescription, check: CheckRule): boolean {
  return orders(check.when).some(({ terms }) =>
    fieldsIn(terms).some(field => memberOf(call, field) !== undefined),
  );
}

function rangeCase(context: PlanContext, call: CallDescription, check: CheckRule): Case {
  const title = {
    clause: 'argument.range',
    instance: `${call.name}.${check.check}`,
    case: `${call.semantics.key}.${check.check}.bounds`,
    family: 'range',
  } as const;
  return triedCase(context, call, title, {
    changes: sandwich => {
      const violating = changesFor(sandwich, call, check);
      const filled = OBJECTS.test(JSON.stringify(check.when)) || boundsContent(call, check);
      const good = filled ? kinds(sandwich, call) : [];
      return [...violating, ...edges(sandwich, call, check), ...good.map(kind => ({ ...kind, bytes: 0n }))];
    },
    keep: (outcome, { bytes }: Edge) =>
      outcome.rule === check ||
      (bytes !== undefined && bytes <= MOST_BYTES && outcome.errno === undefined && told(outcome)),
    enough: outcomes => outcomes.some(outcome => outcome.rule === check),
    checks: [check],
    nothing: 'no argument alone reaches this bound: it depends on the device',
  });
}

/** A change to a number near a bound. */
interface Edge extends Change {
  /** The bytes that the call asks for, as far as the number is one of bytes; what may not succeed has none. */
  readonly bytes?: bigint;
}

function edges(sandwich: Sandwich, call: CallDescription, check: CheckRule): Edge[] {
  return orders(check.when).flatMap(({ terms }) => {
    const values = terms.flatMap(term => around(sandwich, call, term, terms));
    return fieldsIn(terms).flatMap(field =>
      members(call, field).flatMap(member => values.flatMap(value => edge(sandwich, call, member, value))),
    );
  });
}

/** The numbers next to a bound, and next to what is rounded to it. Two members bound each other as the good call has them. */
function around(
  { maker, good }: Sandwich,
  call: CallDescription,
  term: Term,
  all: readonly Term[],
): bigint[] {
  const { context } = maker;
  const own = (path: string) => {
    const value = good?.[memberOf(call, path)?.name ?? path];
    return typeof value === 'bigint' ? value : undefined;
  };
  const fixed = all.some(each => numberOf(context, each) !== undefined);
  const bound = fixed ? numberOf(context, term) : numberOf(context, term, own);
  if (bound === undefined) return [];
  const page = BigInt(context.hello.pageSize);
  const rounded = JSON.stringify(all).includes('"roundUp"');
  return [bound - 1n, bound, bound + 1n, ...(rounded ? [bound - page, bound - page + 1n, bound + page] : [])];
}

function members(call: CallDescription, field: string): Member[] {
  const found = Array.from({ length: ELEMENTS }, (_, index) => memberOf(call, field, index));
  const names = new Set<string>();
  return found.filter((member): member is Member => {
    if (member === undefined || names.has(member.name)) return false;
    names.add(member.name);
    return true;
  });
}

function edge(sandwich: Sandwich, call: CallDescription, member: Member, value: bigint): Edge[] {
  const { name, beside } = member;
  const { context } = sandwich.maker;
  const spot = spotOf(context.driver, context.hello, call, name);
  if (!spot || value < 0n || value >> BigInt(8 * spot.field.size) !== 0n) return [];
  const bytes = roleOf(call, name)?.role === 'bytes' ? value : 0n;
  const behind = { ...contentFor(sandwich, call, name, value), ...elementsFor(sandwich, call, name, value) };
  return [{ title: `${name} = ${value}`, values: () => ({ ...beside, ...behind, [name]: value }), bytes }];
}

/** Bytes of the good call behind a pointer, as many as the member now says: the last one again and again. */
function contentFor(
  { good, maker }: Sandwich,
  call: CallDescription,
  name: string,
  length: bigint,
): Arguments {
  const fields = Object.entries(call.semantics.fields);
  const pointer = fields.find(([, { target }]) => target?.bytes === name && !target.predicate)?.[0];
  const content = pointer === undefined ? undefined : good?.[`${pointer}[]`];
  if (pointer === undefined) return {};
  if (content === undefined && good?.[pointer] !== undefined && length > 0n && length <= MOST_ROOM)
    return { [pointer]: addressOf(maker.builder.buffer(Number(length), { align: 'start' })) };
  if (!(content instanceof Uint8Array) || length > MOST_CONTENT) return {};
  const bytes = new Uint8Array(Number(length)).fill(content.at(-1) ?? 0);
  bytes.set(content.subarray(0, bytes.length));
  return { [pointer]: addressOf(maker.target(call, pointer, length)), [`${pointer}[]`]: bytes };
}

/** Elements of an array of the good call, as many as the member now says: the first one again and again. */
function elementsFor(
  { good, maker }: Sandwich,
  call: CallDescription,
  name: string,
  count: bigint,
): Record<string, Argument> {
  const fields = Object.entries(call.semantics.fields);
  const [pointer, role] = fields.find(([, { target }]) => target?.count === name) ?? [];
  const element = role && elementLayout(maker.context.driver, maker.context.hello, role);
  if (pointer === undefined || !element || !good || count > MOST_ELEMENTS) return {};
  const first = Object.entries(good).filter(([member]) => member.startsWith(`${pointer}[0]`));
  if (first.length === 0) return {};
  const values: Record<string, Argument> = {
    [pointer]: addressOf(maker.target(call, pointer, count * BigInt(element.size))),
  };
  for (let index = 0; index < Number(count); index += 1)
    for (const [member, value] of first)
      values[`${pointer}[${index}]${member.slice(`${pointer}[0]`.length)}`] = value;
  return values;
}
