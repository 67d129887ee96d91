/** What the log, the taint flags and stuck calls tell of a whole run. */
import type { Deviation, LogRecord } from '../../schemas/index.ts';
import { type ClauseId, clause as clauseOf } from '../../spec/index.ts';
import type { Difference } from '../judge/difference.ts';
import { faultIn, isFault, taintLetters } from './kernel-log.ts';
import { describe, type Verdict, type VerdictName } from './verdict.ts';

export const KERNEL_CLAUSES = ['kernel.log', 'kernel.taint', 'kernel.alive'] as const;

/** Whether a logged line is the recorded one. */
export function logs(log: NonNullable<Deviation['log']>, where: string, text: string): boolean {
  return new RegExp(log.pattern).test(text) && (log.case === undefined || new RegExp(log.case).test(where));
}

export class KernelWatch {
  private readonly baseline: bigint;
  private readonly readable: boolean;
  private taint = 0n;
  private first = '';
  private stuck = '';
  private readonly deviations: readonly Deviation[];
  /** Recorded faults that were logged, with where the first line of each was. */
  private readonly known = new Map<Deviation, string>();
  /** Those of which processes die, by the case in which they were logged. */
  private readonly killers = new Map<string, Deviation>();
  /** Those of which a process died, with where. */
  private readonly killed = new Map<Deviation, string>();

  constructor(
    hello: { readonly taint: bigint; readonly log: boolean },
    deviations: readonly Deviation[] = [],
  ) {
    this.baseline = hello.taint;
    this.readable = hello.log;
    this.deviations = deviations;
  }

  log(where: string, record: Pick<LogRecord, 'step' | 'text'>): void {
    const unknown = this.fault(record, where);
    if (unknown !== undefined && this.first === '') this.first = `${where} step ${record.step}: ${unknown}`;
  }

  /** The line when it tells of a fault that no deviation records. */
  fault(record: Pick<LogRecord, 'step' | 'text'>, where = 'the run'): string | undefined {
    if (!isFault(record.text)) return undefined;
    const found = this.deviations.find(({ log }) => log && logs(log, where, record.text));
    if (!found) return record.text;
    if (found.log?.kills) this.killers.set(where, found);
    if (!this.known.has(found)) this.known.set(found, `${where} step ${record.step}: ${record.text}`);
    return undefined;
  }

  /** The recorded faults that were logged so far. */
  get logged(): string[] {
    return [...this.known.keys()].map(({ id }) => id);
  }

  /** Taint flags that no recorded fault brings along. */
  private unexplained(): string {
    const explained = [...this.known.keys()].map(({ log }) => log?.taint ?? '').join('');
    return [...taintLetters(this.taint)].filter(letter => !explained.includes(letter)).join('');
  }

  tainted(taint: bigint): void {
    this.taint |= taint & ~this.baseline;
  }

  difference(where: string, difference: Difference): void {
    if (difference.kind !== 'status') return;
    const line = `${where}: ${describe(difference)}`;
    const killer = this.killers.get(where);
    if (killer) this.killed.set(killer, line);
    else if (this.stuck === '') this.stuck = line;
  }

  /** A dead machine's console: its first line of a fault, if it has one. */
  console(where: string, text: string, step = -1): string | undefined {
    const line = faultIn(text);
    if (line) this.log(where, { step, text: line });
    return line;
  }

  /** The machine is gone: what did it, in words. */
  died(where: string, what: string): void {
    const line = `${where}: ${what}`;
    const killer = this.killers.get(where);
    if (killer) this.killed.set(killer, line);
    else if (this.stuck === '') this.stuck = line;
  }

  /** @param cut why the run is not complete; empty when it is */
  verdicts(steps: number, cut: string): Verdict[] {
    const give = (
      clause: ClauseId,
      bad: string,
      unseen = '',
      known = '',
      by: ReadonlyMap<Deviation, string> = this.known,
    ): Verdict => {
      const deviations = [...by.keys()].map(({ id }) => id);
      const [verdict, reason]: [VerdictName, string] = bad
        ? ['violates', bad]
        : known
          ? ['violates (known)', known]
          : unseen
            ? ['not reached', unseen]
            : cut
              ? ['unknown', cut]
              : ['conforms', ''];
      return {
        clause,
        instance: 'kernel',
        level: clauseOf(clause).level,
        verdict,
        reason,
        deviations: known && !bad ? deviations : [],
        differences: [],
        probes: steps,
      };
    };
    const flags = this.unexplained();
    const tainted = this.taint ? `new taint flags ${taintLetters(this.taint)}` : '';
    return [
      give(
        'kernel.log',
        this.first,
        this.readable ? '' : 'the kernel log cannot be read; run as root',
        [...this.known.values()].join('; '),
      ),
      give('kernel.taint', flags ? `new taint flags ${flags}` : '', '', tainted),
      give('kernel.alive', this.stuck, '', [...this.killed.values()].join('; '), this.killed),
    ];
  }
}
