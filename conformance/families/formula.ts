/** What the formulas of a description are about: the numbers they compare with, and the members they compare. */
import {
  type CallDescription,
  type Environment,
  evaluate,
  layoutOf,
  type Term,
  walk,
} from '../../schemas/index.ts';
import { type Arguments, flatName } from '../plan/arguments.ts';
import type { PlanContext } from '../plan/context.ts';

const ORDERS = ['gt', 'ge', 'lt', 'le', 'outside', 'misaligned'] as const;
/** Terms whose number only the running kernel knows. */
const RUNNING = /"(?:now|model|index|property)":/;

/** A comparison by size or alignment: of which terms. */
export interface Order {
  readonly kind: (typeof ORDERS)[number];
  readonly terms: readonly Term[];
}

function objects(node: unknown): Record<string, unknown>[] {
  if (Array.isArray(node)) return node.flatMap(objects);
  if (typeof node !== 'object' || node === null) return [];
  return [node as Record<string, unknown>, ...Object.values(node).flatMap(objects)];
}

/** Every comparison by size in a condition, whatever it stands in. */
export function orders(condition: object): Order[] {
  return objects(condition).flatMap(node =>
    ORDERS.filter(kind => Array.isArray(node[kind])).map(kind => ({ kind, terms: node[kind] as Term[] })),
  );
}

/** The members that a formula names, as its body names them. */
export function fieldsIn(node: unknown): string[] {
  const names = objects(node).flatMap(({ field }) => (typeof field === 'string' ? [field] : []));
  return [...new Set(names)];
}

/** Every term of the given kind in a formula. */
export function termsIn(node: unknown, kinds: readonly string[]): { kind: string; terms: Term[] }[] {
  return objects(node).flatMap(each =>
    kinds.filter(kind => Array.isArray(each[kind])).map(kind => ({ kind, terms: each[kind] as Term[] })),
  );
}

/** The number of a term; undefined where only the call can tell. @param known numbers of members */
export function numberOf(
  context: PlanContext,
  term: Term,
  known: (path: string) => bigint | undefined = () => undefined,
): bigint | undefined {
  if (fieldsIn(term).some(field => known(field) === undefined) || RUNNING.test(JSON.stringify(term)))
    return undefined;
  const { types } = context.driver;
  const env = {
    constant: (name: string) => types.constantValue(name),
    param: (name: string) =>
      name === 'page_size' ? BigInt(context.hello.pageSize) : BigInt(context.params.get(name) ?? 0),
    text: (name: string) => String(context.params.get(name) ?? ''),
    field: known,
    sizeof: (name: string) => BigInt(layoutOf(types, name, context.hello.abi).size),
  };
  return evaluate(term, env as unknown as Environment);
}

/** A member under its flat name, with what makes a call look at it at all. */
export interface Member {
  readonly name: string;
  readonly beside: Arguments;
}

/** Where a body's name for a member lies in the call, in the given element of every array on the way. */
export function memberOf(call: CallDescription, path: string, index = 0): Member | undefined {
  const name = flatName(call, path, index);
  if (name === undefined) return undefined;
  const head = path.split('.')[0]!;
  for (const rule of walk(call.semantics.body)) {
    if (!('each' in rule) || rule.each !== head || rule.member === undefined) continue;
    const { count } = rule;
    if (typeof count === 'object' && 'field' in count)
      return { name, beside: { [count.field]: BigInt(index + 1) } };
  }
  return { name, beside: {} };
}
