/**
 * Waits for what does not come: a sync object without a fence, whose deadline is past or passes. Deadlines that pass
 * while a job runs are the business of the family of jobs.
 */
import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { bestStart, checkCase, checksOf } from './rules.ts';

const CLAUSE = 'argument.deadline';

export function deadlineFamily(context: PlanContext): Case[] {
  return checksOf(context, [CLAUSE])
    .filter(
      ({ call, check }) =>
        context.wanted?.({ clause: CLAUSE, instance: `${call.name}.${check.check}` }) !== false &&
        bestStart(context, call, check).kept.some(Boolean),
    )
    .map(({ call, check }) => checkCase(context, call, check, 'deadline', CLAUSE, check.check));
}
