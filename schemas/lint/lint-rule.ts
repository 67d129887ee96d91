/** The shape of a lint rule. */
import type { Remark, RuleInfo } from '../rulebook/rule.ts';
import type { LintSubject } from './subject.ts';

/** A short header, and calls over it where the rule looks at those: what a test runs and `explain` prints. */
export interface Example {
  /** Text of `drm/x_accel.h`. */
  readonly header: string;
  /** One described call, as YAML. */
  readonly call?: string;
  /** Text of another driver's header. */
  readonly beside?: string;
  /** Features of the driver. */
  readonly features?: readonly ('GEM' | 'SYNCOBJ')[];
}

/** What a rule can only look at when it is there. */
export type Need = 'text' | 'calls' | 'manifest';

export type Finding = Omit<Remark, 'rule'>;

export interface LintRule extends RuleInfo {
  readonly needs: readonly Need[];
  /** Draws exactly this rule's remark. */
  readonly breaks: Example;
  /** Draws none of it, and no error of another rule. */
  readonly holds: Example;
  check(subject: LintSubject): Iterable<Remark>;
}

interface Written extends RuleInfo {
  readonly needs?: readonly Need[];
  readonly breaks: Example;
  readonly holds: Example;
  find(subject: LintSubject): Iterable<Finding>;
}

/** A rule whose findings bear its name, and which is silent when what it needs is not there. */
export function lintRule({ find, needs = [], ...info }: Written): LintRule {
  const rule: LintRule = {
    ...info,
    needs,
    *check(subject) {
      if (runsOn(rule, subject)) for (const finding of find(subject)) yield { rule, ...finding };
    },
  };
  return rule;
}

/** Whether the rule can tell anything about the subject. */
export function runsOn({ needs }: LintRule, subject: LintSubject): boolean {
  return needs.every(need =>
    need === 'calls'
      ? subject.calls.length > 0
      : need === 'text'
        ? subject.text !== undefined
        : subject.manifest !== undefined,
  );
}
