/** Every other check of a description: values outside their set, pointers that lead nowhere. */
import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { checkCase, checksOf } from './rules.ts';

const CLAUSES = ['argument.value', 'argument.pointer', 'argument.count'] as const;

export function argumentFamily(context: PlanContext): Case[] {
  // An unknown object is the business of the family of handles.
  const checks = checksOf(context, CLAUSES).filter(({ check }) => !('noHandle' in check.when));
  return checks.map(({ call, check }) =>
    checkCase(context, call, check, 'argument', check.clause as (typeof CLAUSES)[number], check.check),
  );
}
