/** Whether a call read a byte of user memory more than once, which only a target that watches its memory can tell. */
import type { DriverDescription, Link, Trace } from '../../schemas/index.ts';
import { type ClauseId, clause as clauseOf } from '../../spec/index.ts';
import type { StepJudgement } from '../judge/follower.ts';
import { ioctls } from '../plan/context.ts';
import type { Verdict } from './verdict.ts';

const CLAUSE: ClauseId = 'argument.fetch';
/** What the one instance is called where nothing can be seen. */
const EVERY = 'every call';
const UNSEEN = 'not observable: how often a kernel reads user memory shows in races only';

interface Entry {
  made: number;
  first: string;
}

export class FetchWatch {
  private readonly link: Link;
  private readonly entries: ReadonlyMap<string, Entry>;

  constructor(driver: DriverDescription, link: Link) {
    this.link = link;
    this.entries = new Map(ioctls(driver).map(({ name }) => [name, { made: 0, first: '' }]));
  }

  get instances(): { clause: ClauseId; instance: string }[] {
    const names = this.link.readAgain ? [...this.entries.keys()] : [EVERY];
    return names.map(instance => ({ clause: CLAUSE, instance }));
  }

  /** Looks at the program that ran last. */
  see(where: string, { results }: Trace, judgements: readonly StepJudgement[]): void {
    const again = this.link.readAgain?.() ?? [];
    for (const { step, call } of judgements) {
      const entry = call && this.entries.get(call.name);
      if (!entry || !results[step]) continue;
      entry.made += 1;
      const found = again.find(each => each.step === step);
      if (found && entry.first === '')
        entry.first = `${where} step ${step}: ${found.bytes} bytes were read more than once`;
    }
  }

  /** @param cut why the run is not complete; empty when it is */
  verdicts(cut: string): Verdict[] {
    const give = (
      instance: string,
      verdict: Verdict['verdict'],
      reason: string,
      probes: number,
    ): Verdict => ({
      clause: CLAUSE,
      instance,
      level: clauseOf(CLAUSE).level,
      verdict,
      reason,
      deviations: [],
      differences: [],
      probes,
    });
    if (!this.link.readAgain) return [give(EVERY, 'not reached', UNSEEN, 0)];
    return [...this.entries].map(([name, { made, first }]) => {
      if (first !== '') return give(name, 'violates', first, made);
      if (cut) return give(name, 'unknown', cut, made);
      return made === 0
        ? give(name, 'not reached', 'no program of this run made this call', 0)
        : give(name, 'conforms', '', made);
    });
  }
}
