/** Differences that no clause instance of a case is about: they belong to the call as such, in `model.outcome`. */
import type { Trace } from '../../schemas/index.ts';
import { clause as clauseOf } from '../../spec/index.ts';
import type { Difference } from '../judge/difference.ts';
import type { Case } from '../plan/case.ts';
import type { Source } from './reporter.ts';
import { type Explain, type Verdict, withDifferences } from './verdict.ts';

const CLAUSE = 'model.outcome';

interface Entry {
  probes: number;
  readonly sources: Source[];
}

export class Unclaimed {
  private readonly entries = new Map<string, Entry>();

  /** A random program made the call, and the model could tell how it ends. */
  probed(call: string): void {
    this.entry(call).probes += 1;
  }

  collect(one: Case, trace: Trace, differences: readonly Difference[], explain: Explain): void {
    for (const difference of differences) {
      if (!difference.call?.request || difference.kind === 'status') continue;
      this.entry(difference.call.name).sources.push({ case: one, trace, difference, explain });
    }
  }

  /**
   * @param expected some random program should have made the call
   * @param cut why the run is not complete; empty when it is
   */
  verdict(
    call: string,
    expected: boolean,
    cut: string,
  ): { verdict: Verdict; sources: ReadonlyMap<Difference, Source> } | undefined {
    const entry = this.entries.get(call);
    if (!entry && !expected) return undefined;
    const probes = entry?.probes ?? 0;
    const sources = new Map(entry?.sources.map(source => [source.difference, source]) ?? []);
    const level = clauseOf(CLAUSE).level;
    const start = { clause: CLAUSE, instance: call, level, deviations: [], differences: [], probes } as const;
    const plain = (verdict: Verdict['verdict'], reason: string) => ({
      verdict: { ...start, verdict, reason },
      sources,
    });
    if (sources.size > 0) {
      const explain: Explain = difference => sources.get(difference)!.explain(difference);
      return { verdict: withDifferences(start, [...sources.keys()], explain), sources };
    }
    if (cut) return plain('unknown', cut);
    return probes === 0 ? plain('not reached', 'no random program made this call') : plain('conforms', '');
  }

  private entry(name: string): Entry {
    const entry = this.entries.get(name) ?? { probes: 0, sources: [] };
    this.entries.set(name, entry);
    return entry;
  }
}
