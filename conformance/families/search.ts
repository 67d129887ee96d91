/**
 * Changes for checks that no inversion of a single member finds: every member of the argument and behind its
 * pointers is given values of other kinds, and the model tells which of these break just the check.
 */
import { type CallDescription, type CheckRule, predicates, type Value } from '../../schemas/index.ts';
import { type Argument, roleOf, spotOf } from '../plan/arguments.ts';
import { constant, ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { model } from '../plan/model.ts';
import { payloads, pickKind } from '../plan/payloads.ts';
import type { Sandwich } from '../plan/sandwich.ts';
import { afterOthers, namedBy } from './after-others.ts';
import { fieldsIn, memberOf, numberOf, orders } from './formula.ts';
import { isTouched, touched } from './touched.ts';

/** Members of a good call with other values. */
export interface Change {
  readonly title: string;
  values(good: Readonly<Record<string, Argument>>): Record<string, Argument>;
}

/** A number that no handle, count or size of a test comes near. */
const FAR = 0x7ffffffen;

const PAGE_MASK = 0xfffn;

/** Changes that may break the check; the caller keeps those that the model refuses by it. */
export function searched(
  sandwich: Sandwich,
  call: CallDescription,
  check: CheckRule,
  good: Readonly<Record<string, Argument>>,
): Change[] {
  const { maker } = sandwich;
  const { context } = maker;
  const witnesses = [...brokenStreams(context, call, check), ...unprintable(check)];
  if (witnesses.length > 0) return witnesses;
  if ('noDescriptor' in check.when) return wrongFiles(sandwich, call, check);
  const named = namesNobody(call, check);
  if (named.length > 0) return named;
  // A plain check of one member is inverted exactly; this is for what looks behind pointers or at other objects.
  if (!/index|property|attachedTwice|model|"field":"[a-z_]+[.[]/.test(JSON.stringify(check.when))) {
    if (!isElement(check, call)) return [];
  }
  const members = touched(call, check);
  const names = Object.keys(good).filter(name => !members || isTouched(members, name));
  return [
    ...names.flatMap(name => changesOf(sandwich, call, name, good)),
    ...elements(context, call, check, good),
    ...onceMore(check, good),
    ...afterOthers(sandwich, call, check),
  ];
}

/** What an object is like may be what the same call has made of it. */
function onceMore({ when }: CheckRule, good: Readonly<Record<string, Argument>>): Change[] {
  if (!JSON.stringify(when).includes('"property"')) return [];
  return [{ title: 'the same once more', values: () => good }];
}

/** Elements of the argument's arrays that the plain good call has none of, with the count that makes them looked at. */
function elements(
  context: PlanContext,
  call: CallDescription,
  check: CheckRule,
  good: Readonly<Record<string, Argument>>,
): Change[] {
  const numbers = orders(check.when).flatMap(({ terms }) =>
    terms.flatMap(term => numberOf(context, term) ?? []),
  );
  return fieldsIn(check.when).flatMap(field => {
    const member = memberOf(call, field);
    if (!member || member.name in good || Object.keys(member.beside).length === 0) return [];
    return [0n, ...numbers, ...numbers.map(number => number + 1n)].map(value => ({
      title: `${member.name} = ${value}`,
      values: () => ({ ...member.beside, [member.name]: value }),
    }));
  });
}

function isElement(check: CheckRule, call: CallDescription): boolean {
  const used = [...JSON.stringify(check.when).matchAll(/"field":"([a-z_0-9]+)"/g)].map(match => match[1]!);
  return used.some(name => call.semantics.fields[name] === undefined);
}

/** Witnesses for every rule of a named predicate. */
function brokenStreams(context: PlanContext, call: CallDescription, check: CheckRule): Change[] {
  if (!('broken' in check.when)) return [];
  const predicate = predicates.get(check.when.broken)!;
  const entry = Object.entries(call.semantics.fields).find(
    ([, role]) => role.target?.predicate === predicate.name,
  );
  if (!entry) return [];
  const [name, role] = entry;
  const param = (parameter: string) => BigInt(context.params.get(parameter) ?? 0);
  const key = [predicate.name, ...context.params].join(' ');
  const known =
    witnesses.get(key) ??
    predicate.rules.flatMap(rule =>
      predicate.witnesses(rule.name, param).map(witness => ({ ...witness, rule: rule.name })),
    );
  witnesses.set(key, known);
  return known.map(({ rule, title, bytes }) => ({
    title: `${rule}: ${title}`,
    values: () => ({ [`${name}[]`]: bytes, [role.target!.bytes!]: BigInt(bytes.length) }),
  }));
}

/** By predicate and device: every family asks again, for every kind of good call. */
const witnesses = new Map<string, readonly { rule: string; title: string; bytes: Uint8Array }[]>();

/** Bytes that are no printable character, at both ends of a text. */
function unprintable(check: CheckRule): Change[] {
  if (!('unprintable' in check.when)) return [];
  const [at] = check.when.unprintable;
  if (typeof at !== 'object' || !('field' in at)) return [];
  const key = `${at.field}[]`;
  return [0x00, 0x09, 0x20, 0x7f, 0x80, 0xff].flatMap(byte =>
    ['first', 'last'].map(place => ({
      title: `0x${byte.toString(16)} as the ${place} byte of ${at.field}`,
      values: (good: Readonly<Record<string, Argument>>) => {
        const bytes = Uint8Array.from(good[key] as Uint8Array);
        bytes[place === 'first' ? 0 : bytes.length - 1] = byte;
        return { [key]: bytes };
      },
    })),
  );
}

/** Handles of nobody in a member that is one only where a selector says so. */
function namesNobody(call: CallDescription, check: CheckRule): Change[] {
  if (!('noHandle' in check.when)) return [];
  const term = check.when.noHandle;
  if (typeof term !== 'object' || !('field' in term)) return [];
  const { field } = term;
  if (call.semantics.fields[field]?.role !== 'pointer') return [];
  return [0n, FAR].map(value => ({ title: `${field} = ${value}`, values: () => ({ [field]: value }) }));
}

/** Descriptors that are not open, and files of another kind. */
function wrongFiles(sandwich: Sandwich, call: CallDescription, check: CheckRule): Change[] {
  if (!('noDescriptor' in check.when)) return [];
  const term = check.when.noDescriptor;
  if (typeof term !== 'object' || !('field' in term)) return [];
  const field = memberOf(call, term.field)?.name ?? term.field;
  const to = (title: string, value: () => Argument): Change => ({
    title: `${field} ${title}`,
    values: () => ({ [field]: value() }),
  });
  return [
    to('= -1', () => 0xffff_ffffn),
    to('never opened', () => 900n),
    to('of the node', () => sandwich.fd),
    to('of an eventfd', () => {
      const made = sandwich.maker.freshDescriptor(sandwich.fd, 'eventfd')!;
      sandwich.controls.push(...made.steps);
      return made.fd;
    }),
  ];
}

function changesOf(
  sandwich: Sandwich,
  call: CallDescription,
  name: string,
  good: Readonly<Record<string, Argument>>,
): Change[] {
  const { context } = sandwich.maker;
  const role = roleOf(call, name);
  const named = role?.role === 'pointer' ? namedBy(call, name) : undefined;
  if (!role || (role.role === 'pointer' && !named) || good[name] instanceof Uint8Array) return [];
  const spot = spotOf(context.driver, context.hello, call, name);
  if (!spot) return [];
  const to = (title: string, value: Argument): Change => ({
    title: `${name} ${title}`,
    values: () => ({ [name]: value }),
  });
  const resource = named ?? role.resource;
  if (resource !== undefined)
    return [
      to('= 0', 0n),
      to('never given out', constant(FAR)),
      ...kinds(sandwich.maker, resource).map(kind => ({
        title: `${name} made by ${kind.label}`,
        values: () => ({ [name]: kind.make(sandwich) }),
      })),
      ...Object.entries(good)
        .filter(([other]) => other !== name && roleOf(call, other)?.resource === resource)
        .map(([other]) => ({
          title: `${name} the same as ${other}`,
          values: (now: Readonly<Record<string, Argument>>) => ({ [name]: now[other]! }),
        })),
    ];
  const ones = (1n << BigInt(8 * spot.field.size)) - 1n;
  // The last but a page: as far as a multiple of anything goes.
  return [...new Set([0n, 1n, ones, ones >> 1n, ones - PAGE_MASK, ...limits(context)])]
    .filter(value => value >= 0n && value <= ones)
    .map(value => to(`= ${value}`, value));
}

/** Numbers just beyond the device's own. */
function limits(context: PlanContext): bigint[] {
  return [...context.params.values()].filter(value => typeof value === 'bigint').map(value => value + 1n);
}

/** Whether the device makes such an object of this kind: some kinds of calls are refused by some devices. */
function canMake(context: PlanContext, call: string, resource: string, choice: number): boolean {
  let known = makings.get(context);
  if (!known) {
    known = new Map();
    makings.set(context, known);
  }
  const key = [call, resource, choice].join(' ');
  let can = known.get(key);
  if (can === undefined) {
    const builder = new ProgramBuilder();
    const { fd } = builder.open(context.nodePath, O_RDWR);
    const pick = pickKind(choice);
    const made = new CallMaker(builder, context).freshHandle(fd, resource, call, pick);
    can = made === undefined || model(context, builder.build())[made.step]?.errno === undefined;
    known.set(key, can);
  }
  return can;
}

const makings = new WeakMap<PlanContext, Map<string, boolean>>();

interface Kind {
  readonly label: string;
  make(sandwich: Sandwich): Value;
}

/** An object of every kind that a handle of the resource can name, the smallest that can be made. */
function kinds(maker: CallMaker, resource: string): Kind[] {
  const { driver } = maker.context;
  return [...driver.calls.values()]
    .filter(call => call.request && maker.creates(call, resource) !== undefined)
    .filter(call => !call.id.startsWith('drm.'))
    .flatMap(call => {
      const shapes = payloads(call);
      const several = shapes.some(({ makes }) => makes !== undefined);
      const all = shapes.length > 0 ? [...shapes.entries()] : [[0, undefined] as const];
      const making = all.filter(([, shape]) => !several || shape?.makes === resource);
      const picks = making.filter(([choice]) => canMake(maker.context, call.name, resource, choice));
      return picks.map(([choice, shape]) => ({
        label: shape ? `${call.name}: ${shape.label}` : call.name,
        make: sandwich => {
          const pick = pickKind(choice);
          const made = sandwich.maker.freshHandle(sandwich.fd, resource, call.name, pick);
          if (!made) return constant(FAR);
          sandwich.controls.push(made.step);
          return made.handle;
        },
      }));
    });
}
