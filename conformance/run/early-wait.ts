/**
 * Waits that end before their time although the driver is right. The kernel counts the ticks of its timer
 * (drm_timeout_abs_to_jiffies(), drm_syncobj.c:1203), and a machine that got no processor for a while counts them
 * late: a wait that begins then is too short by what is still to be counted. A driver that gives up early does it
 * again; a timer that was late once does not.
 */
import type { Trace } from '../../schemas/index.ts';
import type { StepJudgement } from '../judge/follower.ts';
import type { Explain } from './verdict.ts';

/** How often a program is run when a wait ends early: on a machine with five times its load every seventh does. */
const MOST = 6;

/** What drivers answer when time is over. */
const TIMED_OUT = ['ETIME', 'ETIMEDOUT'];

/** A program that ran, and what the judge says of it. */
export interface Judged {
  readonly trace: Trace;
  readonly judgements: readonly StepJudgement[];
}

/** Whether a call timed out when its time was not over, and no recorded deviation says so. */
function endedEarly(judgements: readonly StepJudgement[], explain: Explain): boolean {
  return judgements.some(({ differences }) =>
    differences.some(
      difference =>
        difference.kind === 'outcome' &&
        TIMED_OUT.includes(difference.observed) &&
        explain(difference).every(({ stale }) => stale),
    ),
  );
}

/**
 * Runs a program again for as long as a wait ends early, and gives the last run.
 *
 * @param first the run that there is
 * @param explain makes out which recorded deviations explain a difference of a run
 */
export async function withWholeWaits<Run extends Judged>(
  first: Run,
  explain: (run: Run) => Explain,
  again: () => Promise<Run>,
): Promise<Run> {
  let run = first;
  for (let runs = 1; runs < MOST; runs += 1) {
    if (run.trace.end.status !== 'complete' || !endedEarly(run.judgements, explain(run))) break;
    run = await again();
  }
  return run;
}
