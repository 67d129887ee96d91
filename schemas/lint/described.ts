/** Questions about a described call that several rules ask. */
import type { CallDescription } from '../catalogue/catalogue.ts';
import { type CheckRule, checks, type Rule, walk } from '../catalogue/rules.ts';
import type { FieldRole } from '../generated/types/semantics.ts';
import type { LintSubject } from './subject.ts';

export interface DescribedField {
  readonly call: CallDescription;
  /** `x.go.flags`, `x.go.drm_x_job.pad`. */
  readonly subject: string;
  /** The struct and its member, as C names them. */
  readonly struct: string;
  readonly member: string;
  readonly role: FieldRole;
  /** How a condition of the body may name the field: through the argument, or as a part of an element. */
  readonly names: readonly string[];
}

/** Every field with a role: of the arguments, and of the structs that pointers lead to. */
export function* describedFields({ calls }: LintSubject): Generator<DescribedField> {
  for (const call of calls) {
    const { fields, structs = {}, body } = call.semantics;
    for (const [member, role] of Object.entries(fields)) {
      yield {
        call,
        subject: `${call.id}.${member}`,
        struct: call.argument ?? '',
        member,
        role,
        names: [member],
      };
    }
    for (const [struct, members] of Object.entries(structs)) {
      const elements = walk(body).flatMap(rule =>
        'each' in rule && rule.struct === struct ? [rule.each] : [],
      );
      for (const [member, role] of Object.entries(members)) {
        const names = elements.map(element => `${element}.${member}`);
        yield { call, subject: `${call.id}.${struct}.${member}`, struct, member, role, names };
      }
    }
  }
}

/** Whether a part of a description speaks of one of the fields, an element of an array field included. */
export function mentions(part: unknown, names: readonly string[]): boolean {
  if (Array.isArray(part)) return part.some(item => mentions(item, names));
  if (typeof part !== 'object' || part === null) return false;
  return Object.entries(part).some(([key, value]) =>
    key === 'field' && typeof value === 'string'
      ? names.some(name => value === name || value.startsWith(`${name}[`) || value.startsWith(`${name}.`))
      : mentions(value, names),
  );
}

/** The checks that look at a field. */
export function checksOf({ call, names }: DescribedField): CheckRule[] {
  // An array member is looked at by the name of its element.
  const inside = walk(call.semantics.body).flatMap(rule =>
    'each' in rule && rule.member && names.includes(rule.member) ? [rule.each] : [],
  );
  return checks(call.semantics.body).filter(({ when }) => mentions(when, [...names, ...inside]));
}

/** Every object below a part of a description, itself included. */
export function* objects(part: unknown): Generator<Record<string, unknown>> {
  if (Array.isArray(part)) for (const item of part) yield* objects(item);
  else if (typeof part === 'object' && part !== null) {
    yield part as Record<string, unknown>;
    for (const item of Object.values(part)) yield* objects(item);
  }
}

/** The rules of a body that set a field. */
export function setsOf({ call, member }: DescribedField): (Rule & { set: string })[] {
  return walk(call.semantics.body).filter(
    (rule): rule is Rule & { set: string } => 'set' in rule && rule.set === member,
  );
}

export function isInput({ direction }: FieldRole): boolean {
  return direction === 'in' || direction === 'inout';
}

export function isOutput({ direction }: FieldRole): boolean {
  return direction === 'out' || direction === 'inout';
}
