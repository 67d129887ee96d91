/** What the log, the taint flags and stuck calls tell of a whole run. */
import type { LogRecord } from '../../schemas/index.ts';
import { type ClauseId, clause as clauseOf } from '../../spec/index.ts';
import type { Difference } from '../judge/difference.ts';
import { isFault, taintLetters } from './kernel-log.ts';
import { describe, type Verdict, type VerdictName } from './verdict.ts';

export const KERNEL_CLAUSES = ['kernel.log', 'kernel.taint', 'kernel.alive'] as const;

export class KernelWatch {
  private readonly baseline: bigint;
  private readonly readable: boolean;
  private taint = 0n;
  private fault = '';
  private stuck = '';

  constructor(hello: { readonly taint: bigint; readonly log: boolean }) {
    this.baseline = hello.taint;
    this.readable = hello.log;
  }

  log(where: string, record: Pick<LogRecord, 'step' | 'text'>): void {
    if (this.fault === '' && isFault(record.text))
      this.fault = `${where} step ${record.step}: ${record.text}`;
  }

  tainted(taint: bigint): void {
    this.taint |= taint & ~this.baseline;
  }

  difference(where: string, difference: Difference): void {
    if (this.stuck === '' && difference.kind === 'status') this.stuck = `${where}: ${describe(difference)}`;
  }

  /** A dead machine's console: its first line of a fault, if it has one. */
  console(where: string, text: string): void {
    const line = text.split('\n').find(isFault);
    if (line) this.log(where, { step: -1, text: line.trim() });
  }

  /** @param cut why the run is not complete; empty when it is */
  verdicts(steps: number, cut: string): Verdict[] {
    const give = (clause: ClauseId, bad: string, unseen = ''): Verdict => {
      const [verdict, reason]: [VerdictName, string] = bad
        ? ['violates', bad]
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
        deviations: [],
        differences: [],
        probes: steps,
      };
    };
    return [
      give('kernel.log', this.fault, this.readable ? '' : 'the kernel log cannot be read; run as root'),
      give('kernel.taint', this.taint ? `new taint flags ${taintLetters(this.taint)}` : ''),
      give('kernel.alive', this.stuck),
    ];
  }
}
