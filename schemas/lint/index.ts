export { type Comments, readComments } from './comments.ts';
export { GUIDELINES, type Guideline, staticTests } from './coverage.ts';
export { lint, lintRules, lintWaived } from './lint.ts';
export type { Example, LintRule, Need } from './lint-rule.ts';
export { DRM_PRELUDE } from './prelude.ts';
export { type LintSubject, subjectOfDriver, subjectOfFacts } from './subject.ts';
