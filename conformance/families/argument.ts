/** Every other check of a description: values outside their set, pointers that lead nowhere. */
import { type CheckRule, type DriverDescription, lacksFeature, walk } from '../../schemas/index.ts';
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
  const checks = checksOf(context, CLAUSES).filter(({ check }) => !('noHandle' in check.when));
  return checks.flatMap(({ call, check }) => {
    const lacks = check.clause === 'argument.feature' && !ofAnObject(context.driver, check);
    if (lacks && lacksFeature(context.driver, check) !== undefined) return [];
    const clause = check.clause as (typeof CLAUSES)[number];
    const also = advice(check);
    const instance = `${call.name}.${check.check}`;
    const { wanted, ...whole } = context;
    const asked = also !== undefined && wanted?.({ clause: also, instance }) !== false;
    const one = checkCase(asked ? whole : context, call, check, 'argument', clause, check.check);
    const [first] = one.instances;
    // A device that has what is asked for refuses nothing; one that refuses the whole call is the business of the family of dispatch.
    if (lacks && first?.notReached !== undefined) return [];
    return first && also
      ? [{ ...one, instances: [first, { ...advised(first, also), ...(lacks ? shipped(check) : {}) }] }]
      : [one];
  });
}

/** A feature that some objects lack and others have. */
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

/** What has shipped is not held to a later advice. */
function shipped({ basis, errno, source }: CheckRule): Pick<Instance, 'notClaimed'> {
  if (basis !== 'code' || errno === 'EOPNOTSUPP') return {};
  return { notClaimed: `what has shipped answers ${errno} here (${source})` };
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
