/** Copies of the collection's headers and descriptions, to put a change into. */
import { catalogue } from '../catalogue/catalogue.ts';
import type { Rule } from '../catalogue/rules.ts';
import { ruleName } from '../catalogue/rules.ts';
import type { CompositeFact, ConstantFact, CType, MemberFact } from '../layout/index.ts';
import { fingerprint, type Remark } from '../rulebook/rule.ts';
import { diff } from './diff.ts';
import type { Interface } from './interface.ts';

export type Deep<T> = { -readonly [K in keyof T]: Deep<T[K]> };
export type Copy = Deep<Interface>;
/** Behind the name of a driver: as it is when nobody has described more than its header. */
export const ITS_HEADER = "'s header";
/** What is changed, in which driver (`drm` for the core), how, and the one rule of severity error that must name it. */
export type Seed = readonly [what: string, of: string, edit: (copy: Copy) => void, rule: string];

function driver(of: string): Interface {
  const name = of.replace(ITS_HEADER, '');
  const all = catalogue();
  const { facts, calls } = name === 'drm' ? all.core : all.drivers.get(name)!;
  const own = [...calls.values()].filter(({ id }) => id.startsWith(`${name}.`));
  return {
    name,
    facts: [facts],
    support: name === 'drm' ? [] : [all.core.facts],
    calls: of === name ? own.map(({ semantics }) => ({ owner: name, semantics })) : [],
    families: [],
  };
}

export const struct = (copy: Copy, name: string) => copy.facts[0]!.types.find(each => each.name === name)!;
export const member = (of: Deep<CompositeFact>, name: string) => of.members.find(each => each.name === name)!;
export const made = (name: string, type: CType): Deep<MemberFact> => ({
  name,
  type: type as Deep<CType>,
  line: 1,
});
export const u32 = (name: string) => made(name, { scalar: '__u32' });
export const ioctl = (copy: Copy, name: string) => copy.facts[0]!.ioctls.find(each => each.name === name)!;

/** As plain data, since an edit may make what the types do not allow. */
export const semantics = (copy: Copy, key: string) =>
  copy.calls.find(each => each.semantics.key === key)!.semantics as unknown as {
    access?: string[];
    fields: Record<string, { direction: string; role: string }>;
    body: Rule[];
  };
export const bodyOf = (copy: Copy, key: string) => semantics(copy, key).body;
export const rule = (copy: Copy, key: string, name: string) =>
  bodyOf(copy, key).find(each => ruleName(each) === name) as unknown as Record<string, unknown>;
export const check = (name: string, when: object, clause = 'argument.value') =>
  ({
    check: name,
    when,
    errno: 'EINVAL',
    clause,
    basis: 'code',
    source: 'x.c:1',
    evidence: 'read',
  }) as unknown as Rule;

export function constant(copy: Copy, name: string): Deep<ConstantFact> {
  const { constants, enums } = copy.facts[0]!;
  return [...constants, ...enums.flatMap(({ members }) => members)].find(each => each.name === name)!;
}

export function remove<T extends { readonly name: string | null }>(list: T[], name: string): void {
  list.splice(
    list.findIndex(each => each.name === name),
    1,
  );
}

/** What diff says of a driver with a change in it. */
export function remarksOf(of: string, edit: (copy: Copy) => void): Remark[] {
  const old = driver(of);
  const now = structuredClone(old) as Copy;
  edit(now);
  return diff(old, now as unknown as Interface);
}

/** The ids of the rules of severity error that fired, each once, and all of it for who reads a failure. */
export function errorsOf(remarks: readonly Remark[]): { ids: string[]; all: string } {
  const errors = remarks.filter(({ rule: { severity } }) => severity === 'error');
  return { ids: [...new Set(errors.map(each => each.rule.id))], all: errors.map(fingerprint).join('\n') };
}
