/**
 * Calls that ran at the same time and that no order explains may have been seen in parts, so that nothing can be told; or
 * the driver does in every order what is on record of it.
 */
import type { Deviation, Trace } from '../../schemas/index.ts';
import type { StepJudgement } from '../judge/follower.ts';
import { type JudgeSetup, judge } from '../judge/judge.ts';
import { deviate } from './explain.ts';

export interface Judged {
  readonly judgements: StepJudgement[];
  /** What it was judged by, for who explains it. */
  readonly setup: JudgeSetup;
}

const untold = (judgements: readonly StepJudgement[]) =>
  judgements.reduce((sum, { state }) => sum + (state === 'unknown' ? 1 : 0), 0);

/**
 * Judges a trace. Where the description tells nothing of calls at the same time, and with what is on record some order of
 * whole calls explains all, they were whole calls.
 */
export function judged(trace: Trace, setup: JudgeSetup, recorded: readonly Deviation[]): Judged {
  const plain = { judgements: judge(trace, setup), setup };
  const parallel = trace.program.steps.some(({ op }) => op === 'parallel');
  if (!parallel || recorded.length === 0 || untold(plain.judgements) === 0) return plain;
  const known = judge(trace, { ...setup, driver: deviate(setup.driver, recorded) });
  if (known.some(({ differences }) => differences.length > 0)) return plain;
  if (untold(known) >= untold(plain.judgements)) return plain;
  const whole = { ...setup, whole: true };
  return { judgements: judge(trace, whole), setup: whole };
}
