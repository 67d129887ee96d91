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

/** Bodies never change: a patch makes another one. */
const walked = new WeakMap<Body, readonly Rule[]>();

/** Every rule in order, those of all cases of a select included. */
export function walk(body: Body): readonly Rule[] {
  let rules = walked.get(body);
  if (!rules) {
    rules = body.flatMap(rule => [rule, ...within(rule)]);
    walked.set(body, rules);
  }
  return rules;
}

const within = (rule: Rule): readonly Rule[] => nested(rule).flatMap(walk);

/** The sequences inside a rule. */
export function nested(rule: Rule): readonly Body[] {
  if ('select' in rule) return [...rule.select.map(branch => branch.do), rule.otherwise ?? []];
  if ('each' in rule) return [rule.do];
  return 'handler' in rule && rule.before ? [rule.before] : [];
}

export function checks(body: Body): CheckRule[] {
  return walk(body).filter((rule): rule is CheckRule => 'check' in rule);
}

/** The errnos by which a call that waits tells that its deadline has passed. */
export function deadlineErrnos(body: Body): string[] {
  return checks(body).flatMap(({ clause, errno }) => (clause === 'argument.deadline' ? [errno] : []));
}
