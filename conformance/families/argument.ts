/** Every other check of a description: values outside their set, pointers that lead nowhere. */
import { type CheckRule, type DriverDescription, walk } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { Case, Instance } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { answered } from './answered.ts';
import { fieldsIn } from './formula.ts';
import { checkCase, checksOf } from './rules.ts';

const CLAUSES = ['argument.value', 'argument.pointer', 'argument.count', 'argument.feature'] as const;
const CONNECTIVES = ['all', 'any', 'not'];
/** Conditions that look at more than the values of members. */
const MORE = /"(?:now|model|index|property|noHandle|unreadable|unwritable|broken|unprintable|param)":/;

export function argumentFamily(context: PlanContext): Case[] {
  // An unknown object is the business of the family of handles.
  const checks = checksOf(context, CLAUSES)
    .filter(({ check }) => !('noHandle' in check.when))
    .filter(({ check }) => check.clause !== 'argument.feature' || ofAnObject(context.driver, check));
  return checks.map(({ call, check }) => {
    const clause = check.clause as (typeof CLAUSES)[number];
    const also = advice(check);
    const instance = `${call.name}.${check.check}`;
    const { wanted, ...whole } = context;
    const asked = also !== undefined && wanted?.({ clause: also, instance }) !== false;
    const one = checkCase(asked ? whole : context, call, check, 'argument', clause, check.check);
    const [first] = one.instances;
    return first && also ? { ...one, instances: [first, advised(first, also)] } : one;
  });
}

/** A feature that some objects lack and others have. What a device lacks is the business of the family of dispatch. */
function ofAnObject({ calls }: DriverDescription, { when }: CheckRule): boolean {
  const asked = [...JSON.stringify(when).matchAll(/"property":"[a-z_]+\.([a-z_]+)"/g)].map(
    match => match[1]!,
  );
  return [...calls.values()].some(({ semantics: { body } }) =>
    walk(body).some(rule => 'create' in rule && asked.some(name => name in (rule.properties ?? {}))),
  );
}

/** The advice that the same refusal is judged by: a feature that is not there, one object that is given twice, two members that exclude each other. */
function advice({ when, clause }: CheckRule): ClauseId | undefined {
  if (clause === 'argument.feature') return 'errno.unsupported';
  if ('attachedTwice' in when) return 'lifetime.same-twice';
  const together = CONNECTIVES.some(each => each in when) && fieldsIn(when).length > 1;
  return together && !MORE.test(JSON.stringify(when)) ? 'errno.invalid' : undefined;
}

function advised(refused: Instance, clause: ClauseId): Instance {
  if (clause === 'lifetime.same-twice')
    return { ...refused, clause, about: ({ kind }) => kind === 'outcome' };
  return {
    ...refused,
    clause,
    about: () => false,
    look: trace =>
      answered(trace, refused.probes, [clause === 'errno.unsupported' ? 'EOPNOTSUPP' : 'EINVAL']),
  };
}
