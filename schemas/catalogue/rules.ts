/** Rules of a body: their ids, walking them in order. */
import type {
  CheckRule,
  CreateRule,
  EachRule,
  HandlerRule,
  Rule,
  SetRule,
  WriteRule,
} from '../generated/types/semantics.ts';

export type { CheckRule, CreateRule, EachRule, HandlerRule, Rule, SetRule, WriteRule };

export type Body = readonly Rule[];

/** A rule that a finding can cite. */
export type CitedRule = CheckRule | SetRule | WriteRule;

/** The last part of a rule's id: given, else what the rule is about. */
export function ruleName(rule: Rule): string {
  if ('check' in rule) return rule.check;
  if ('id' in rule && rule.id) return rule.id;
  if ('set' in rule) return rule.set;
  if ('write' in rule) {
    const { write } = rule;
    if ('text' in write) return write.text.replace('.', '-');
    return 'struct' in write ? write.struct : 'model' in write ? write.model.replaceAll('_', '-') : 'number';
  }
  if ('find' in rule) return `find-${rule.find}`;
  if ('create' in rule) return `create-${rule.object}`;
  if ('release' in rule) return 'release';
  if ('each' in rule) return `each-${rule.each}`;
  if ('assign' in rule) return `assign-${rule.assign.replace('.', '-')}`;
  if ('attach' in rule) return `attach-${rule.attach}`;
  if ('effect' in rule) return rule.effect.replaceAll('_', '-');
  return 'handler' in rule ? 'handler' : 'select';
}

/** Every rule in order, those of all cases of a select included. */
export function* walk(body: Body): Generator<Rule> {
  for (const rule of body) {
    yield rule;
    if ('select' in rule) {
      for (const branch of rule.select) yield* walk(branch.do);
      if (rule.otherwise) yield* walk(rule.otherwise);
    } else if ('each' in rule) yield* walk(rule.do);
    else if ('handler' in rule && rule.before) yield* walk(rule.before);
  }
}

export function checks(body: Body): CheckRule[] {
  return [...walk(body)].filter((rule): rule is CheckRule => 'check' in rule);
}

/** The errnos by which a call that waits tells that its deadline has passed. */
export function deadlineErrnos(body: Body): string[] {
  return checks(body).flatMap(({ clause, errno }) => (clause === 'argument.deadline' ? [errno] : []));
}
