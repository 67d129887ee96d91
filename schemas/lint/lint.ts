/** All rules, and running them over a subject. */
import type { Remark } from '../rulebook/rule.ts';
import { applyWaivers, type Waived, type Waiver } from '../rulebook/waivers.ts';
import { callRules } from './call-rules.ts';
import { constantRules } from './constant-rules.ts';
import { docRules } from './doc-rules.ts';
import { errnoRules } from './errno-rules.ts';
import { fieldRules } from './field-rules.ts';
import { layoutRules } from './layout-rules.ts';
import { type LintRule, runsOn } from './lint-rule.ts';
import { memoryRules } from './memory-rules.ts';
import { nameRules } from './name-rules.ts';
import { numberRules } from './number-rules.ts';
import type { LintSubject } from './subject.ts';
import { timeRules } from './time-rules.ts';

export const lintRules: readonly LintRule[] = [
  ...layoutRules,
  ...fieldRules,
  ...numberRules,
  ...constantRules,
  ...nameRules,
  ...callRules,
  ...errnoRules,
  ...memoryRules,
  ...timeRules,
  ...docRules,
];

/** What the rules find, in the order of the rules. */
export function lint(subject: LintSubject): Remark[] {
  return lintRules.flatMap(rule => [...rule.check(subject)]);
}

/**
 * The remarks that no waiver takes off. A waiver of a rule that cannot run on the subject, such as one about comments
 * where there is no text, is not unused.
 */
export function lintWaived(subject: LintSubject, waivers: readonly Waiver[]): Waived {
  const ran = new Set(lintRules.filter(rule => runsOn(rule, subject)).map(({ id }) => id));
  return applyWaivers(
    lint(subject),
    waivers.filter(({ rule }) => ran.has(rule)),
  );
}
