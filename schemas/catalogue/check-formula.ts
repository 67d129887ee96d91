/**
 * The types of the algebra: every name in a term or condition exists and is of the kind that its operator needs, so
 * that nothing of it can fail when it is evaluated.
 */
import type { Condition, Term, ValueSet } from '../generated/types/semantics.ts';
import {
  factToBigint,
  fieldOf,
  type Layout,
  LayoutError,
  layoutOf,
  type TypeTable,
} from '../layout/index.ts';
import { predicates } from '../predicates/index.ts';
import { type DataPath, refuse } from '../validate/invalid-data.ts';

/** What the names of a formula may mean at one place of a body. */
export interface Scope {
  readonly path: string;
  readonly types: TypeTable;
  /** Members that the description gives a role. */
  readonly described: ReadonlySet<string>;
  /** The argument; none for open, mmap and the like, whose described fields are plain numbers. */
  readonly layout?: Layout | undefined;
  /** Elements of the eaches around, with what each is laid out as. */
  readonly elements: ReadonlyMap<string, Layout | undefined>;
  /** Objects that a rule of the body binds. */
  readonly objects: ReadonlySet<string>;
  param(name: string): 'number' | 'text' | undefined;
}

/** The member that a path names, of the argument or of an element; undefined for one that has no layout. */
export function findMember(scope: Scope, name: string, at: DataPath) {
  const first = /^[^.[]*/.exec(name)![0];
  const fail = () =>
    refuse(scope.path, at, `the body uses the field ${name}, which fields does not describe`);
  if (scope.elements.has(first)) {
    if (name === first) return undefined;
    const element = scope.elements.get(first);
    if (!element) return refuse(scope.path, at, `${first} is a number and has no member ${name}`);
    return memberOf(scope, element, name.slice(first.length + 1), at);
  }
  if (!scope.described.has(name.replace(/\[\d+\]/g, '')) && !scope.described.has(first)) return fail();
  if (!scope.layout) return scope.described.has(name) ? undefined : fail();
  return memberOf(scope, scope.layout, name, at);
}

function memberOf(scope: Scope, layout: Layout, name: string, at: DataPath) {
  const member = known(scope, at, () => fieldOf(layout, name));
  if (member.offset < 0 || member.offset + member.size > layout.size)
    return refuse(scope.path, at, `${name} lies outside ${layout.name}; expected an element that it has`);
  return member;
}

/** What the type table says; a name that it lacks is an error of the description. */
export function known<T>(scope: Pick<Scope, 'path'>, at: DataPath, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof LayoutError) return refuse(scope.path, at, error.message);
    throw error;
  }
}

/** An object that a find or create of the body binds, or the device itself. */
export function checkObject(scope: Scope, name: string, at: DataPath): void {
  if (!scope.objects.has(name))
    refuse(
      scope.path,
      at,
      `no find or create of the body binds ${name}; expected ${[...scope.objects].join(', ')}`,
    );
}

export function checkPredicate(scope: Scope, name: string, at: DataPath): void {
  if (!predicates.has(name))
    refuse(scope.path, at, `there is no predicate ${name}; expected ${[...predicates.keys()].join(', ')}`);
}

function checkParam(scope: Scope, name: string, type: 'number' | 'text', at: DataPath): void {
  const found = scope.param(name);
  if (found === undefined)
    refuse(scope.path, at, `there is no device parameter ${name}; name it in params of driver.yaml`);
  if (found !== type)
    refuse(scope.path, at, `the device parameter ${name} is a ${found}, expected a ${type}`);
}

export function checkTextParam(scope: Scope, name: string, at: DataPath): void {
  checkParam(scope, name, 'text', at);
}

export function checkValues(scope: Pick<Scope, 'path' | 'types'>, set: ValueSet, at: DataPath): void {
  if (set.enum !== undefined && !scope.types.enums.has(set.enum))
    refuse(scope.path, [...at, 'enum'], `no header in this table defines the enum ${set.enum}`);
  for (const [index, name] of (set.constants ?? []).entries())
    known(scope, [...at, 'constants', index], () => scope.types.constantValue(name));
}

function checkAll(scope: Scope, terms: readonly Term[], at: DataPath): void {
  for (const [index, term] of terms.entries()) checkTerm(scope, term, [...at, index]);
}

/** A step to round or align to: a number of the description must not be 0. */
export function checkStep(scope: Scope, term: Term, at: DataPath): void {
  const number =
    typeof term === 'object'
      ? 'const' in term
        ? scope.types.constantValue(term.const)
        : undefined
      : factToBigint(term);
  if (number !== undefined && number <= 0n)
    refuse(scope.path, at, `nothing can be aligned to ${number}; expected a number above 0`);
}

export function checkTerm(scope: Scope, term: Term, at: DataPath): void {
  if (typeof term !== 'object') return;
  if ('field' in term) {
    const member = findMember(scope, term.field, [...at, 'field']);
    if (member && !member.scalar)
      refuse(
        scope.path,
        [...at, 'field'],
        `${term.field} is not a single number; name one of its fields or elements`,
      );
  } else if ('const' in term) known(scope, [...at, 'const'], () => scope.types.constantValue(term.const));
  else if ('param' in term) checkParam(scope, term.param, 'number', [...at, 'param']);
  else if ('length' in term) checkParam(scope, term.length, 'text', [...at, 'length']);
  else if ('property' in term) {
    checkObject(scope, term.property.split('.')[0]!, [...at, 'property']);
    if (term.at !== undefined) checkTerm(scope, term.at, [...at, 'at']);
  } else if ('sizeof' in term)
    known(scope, [...at, 'sizeof'], () => layoutOf(scope.types, term.sizeof, 'x86_64'));
  else if ('index' in term) {
    if (!scope.elements.has(term.index))
      refuse(scope.path, [...at, 'index'], `there is no each ${term.index} around this`);
  } else if ('model' in term) checkAll(scope, term.of ?? [], [...at, 'of']);
  else if ('popcount' in term) checkTerm(scope, term.popcount, [...at, 'popcount']);
  else if ('signed' in term) checkTerm(scope, term.signed, [...at, 'signed']);
  else {
    for (const name of ['add', 'sub', 'mul', 'min', 'max', 'and', 'or', 'roundUp'] as const) {
      if (!(name in term)) continue;
      const terms = (term as Record<typeof name, [Term, Term]>)[name];
      checkAll(scope, terms, [...at, name]);
      if (name === 'roundUp') checkStep(scope, terms[1], [...at, name, 1]);
    }
  }
}

const COMPARED = [
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'outside',
  'unreadable',
  'unwritable',
  'unprintable',
] as const;
const OF_ONE = ['nonzero', 'noMinor', 'noCall', 'noDescriptor', 'forbidden', 'noHandle'] as const;

export function checkCondition(scope: Scope, condition: Condition, at: DataPath): void {
  const operands = condition as unknown as Readonly<Record<string, unknown>>;
  for (const name of COMPARED) if (name in operands) checkAll(scope, operands[name] as Term[], [...at, name]);
  for (const name of OF_ONE) if (name in operands) checkTerm(scope, operands[name] as Term, [...at, name]);
  if ('misaligned' in condition) {
    checkAll(scope, condition.misaligned, [...at, 'misaligned']);
    checkStep(scope, condition.misaligned[1], [...at, 'misaligned', 1]);
  } else if ('unknownBits' in condition || 'unmatched' in condition) {
    const name = 'unknownBits' in condition ? 'unknownBits' : 'unmatched';
    checkTerm(scope, operands[name] as Term, [...at, name]);
    checkValues(scope, condition.values, [...at, 'values']);
  } else if ('state' in condition) checkObject(scope, condition.state.split('.')[0]!, [...at, 'state']);
  else if ('model' in condition) {
    checkAll(scope, condition.of ?? [], [...at, 'of']);
    if (condition.object !== undefined) checkObject(scope, condition.object, [...at, 'object']);
  } else if ('absent' in condition) checkObject(scope, condition.absent, [...at, 'absent']);
  else if ('same' in condition)
    for (const [index, name] of condition.same.entries()) checkObject(scope, name, [...at, 'same', index]);
  else if ('attachedTwice' in condition)
    checkObject(scope, condition.attachedTwice, [...at, 'attachedTwice']);
  else if ('broken' in condition || 'unreadFor' in condition) {
    const name = 'broken' in condition ? 'broken' : 'unreadFor';
    checkPredicate(scope, operands[name] as string, [...at, name]);
    checkTerm(scope, condition.at, [...at, 'at']);
    checkTerm(scope, condition.length, [...at, 'length']);
  } else if ('all' in condition || 'any' in condition) {
    const name = 'all' in condition ? 'all' : 'any';
    for (const [index, part] of (operands[name] as Condition[]).entries())
      checkCondition(scope, part, [...at, name, index]);
  } else if ('not' in condition) checkCondition(scope, condition.not, [...at, 'not']);
}
