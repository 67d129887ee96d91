/** Every errno that any program of a run saw, call by call, against the table that the descriptions give. */
import {
  type CallDescription,
  checks,
  type DriverDescription,
  errnoName,
  type Trace,
} from '../../schemas/index.ts';
import { clause as clauseOf } from '../../spec/index.ts';
import type { Difference } from '../judge/difference.ts';
import type { StepJudgement } from '../judge/follower.ts';
import type { Case } from '../plan/case.ts';
import { ioctls } from '../plan/context.ts';
import type { Source } from './reporter.ts';
import { type Explain, type Verdict, withDifferences } from './verdict.ts';

export const ERRNO_CLAUSE = 'argument.errno';
/** Checks of the core that no request with a described number reaches. */
const OF_OTHERS = ['letter', 'number'];

/** What a call may be refused with: by its own checks, by the core around it, and for the machine's sake. */
export function documented(driver: DriverDescription, call: CallDescription): ReadonlySet<string> {
  const core = driver.calls.get('ioctl');
  const own = checks(call.semantics.body).map(check => check.errno);
  const around = checks(core?.semantics.body ?? []).filter(check => !OF_OTHERS.includes(check.check));
  const machine = [...(call.semantics.environmental ?? []), ...(core?.semantics.environmental ?? [])];
  // The core may refuse a call of a 32-bit program by itself.
  const compat = call.semantics.compat?.how === 'refused' ? ['EINVAL'] : [];
  return new Set([...own, ...around.map(check => check.errno), ...machine, ...compat]);
}

/** Bits 8 to 15 of a request: which driver's it is. */
function letterOf(trace: Trace, step: number): number | undefined {
  const request = trace.program.steps[step]!.args[1];
  return request?.kind === 'const' ? Number((request.value >> 8n) & 0xffn) : undefined;
}

interface Entry {
  readonly allowed: ReadonlySet<string>;
  refused: number;
  readonly sources: Source[];
}

export class ErrnoWatch {
  private readonly entries: ReadonlyMap<string, Entry>;

  constructor(driver: DriverDescription) {
    this.entries = new Map(
      ioctls(driver).map(call => [call.name, { allowed: documented(driver, call), refused: 0, sources: [] }]),
    );
  }

  /** Looks at all steps of a program that ran. */
  see(one: Case, trace: Trace, judgements: readonly StepJudgement[], explain: Explain): void {
    for (const { step, call, differences } of judgements) {
      const result = trace.results[step];
      const entry = call && this.entries.get(call.name);
      if (!entry || !result || result.status !== 'done' || result.errno === 0) continue;
      // With another letter it is no call of this driver's, though its number is that of one.
      if (letterOf(trace, step) !== call.request!.letter) continue;
      entry.refused += 1;
      const observed = errnoName(result.errno);
      if (entry.allowed.has(observed)) continue;
      const expected = `success or one of ${[...entry.allowed].sort().join(', ')}`;
      const difference: Difference = { step, kind: 'outcome', call, expected, observed };
      const judged = differences.find(({ kind }) => kind === 'outcome');
      entry.sources.push({ case: one, trace, difference, explain: () => (judged ? explain(judged) : []) });
    }
  }

  /** @param cut why the run is not complete; empty when it is */
  verdicts(cut: string): { verdict: Verdict; sources: Map<Difference, Source> }[] {
    return [...this.entries].map(([instance, { refused, sources }]) => {
      const start = {
        clause: ERRNO_CLAUSE,
        instance,
        level: clauseOf(ERRNO_CLAUSE).level,
        deviations: [],
        differences: [],
        probes: refused,
      } as const;
      const found = new Map(sources.map(source => [source.difference, source]));
      return { verdict: this.verdict(start, found, cut), sources: found };
    });
  }

  private verdict(
    start: Omit<Verdict, 'verdict' | 'reason'>,
    sources: ReadonlyMap<Difference, Source>,
    cut: string,
  ): Verdict {
    if (sources.size > 0)
      return withDifferences(start, [...sources.keys()], difference =>
        sources.get(difference)!.explain(difference),
      );
    if (cut) return { ...start, verdict: 'unknown', reason: cut };
    if (start.probes === 0)
      return { ...start, verdict: 'not reached', reason: 'no program of this run was refused this call' };
    return { ...start, verdict: 'conforms', reason: '' };
  }
}
