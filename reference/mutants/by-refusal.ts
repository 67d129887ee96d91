import { type Body, nested, type Rule, type SetRule, walk } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { Place } from './places.ts';

/** The rules that come after one on its way through the body. */
function after(body: Body, rule: Rule): readonly Rule[] {
  const at = body.indexOf(rule);
  if (at >= 0) return walk(body.slice(at + 1));
  for (const inner of body.flatMap(nested)) {
    const found = after(inner, rule);
    if (found.length > 0) return found;
  }
  return [];
}

/**
 * The clause of an output that a call sets first and sets again when it succeeds: what shows it is the next check that
 * refuses the call, before that; one for a feature that the device has refuses nothing. Undefined for an output that
 * shows otherwise.
 */
export function clauseByRefusal({ call, rule }: Place<SetRule>): ClauseId | undefined {
  const rest = after(call.semantics.body, rule);
  const again = rest.findIndex(each => 'set' in each && each.set === rule.set);
  const clauses = rest
    .slice(0, Math.max(again, 0))
    .flatMap(each => ('check' in each && !each.optional ? [each.clause as ClauseId] : []));
  return clauses.find(clause => clause !== 'argument.feature') ?? clauses[0];
}
