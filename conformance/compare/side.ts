/** One of the two targets: runs programs, is booted again when it was lost, and remembers what its kernel said. */
import type { Program, Trace } from '../../schemas/index.ts';
import { LinkError } from '../link/index.ts';
import { faultIn, isFault } from '../run/kernel-log.ts';
import type { Target } from '../run/target.ts';
import type { Candidate } from './candidate.ts';

/** A target that goes down more often than this has been shown enough. */
const MOST_BOOTS = 8;
/** Syslog levels up to that of an error; a warning of another part of the kernel may come at any time. */
const ERROR = 3;

export interface Lost {
  /** Steps that had ended. */
  readonly steps: number;
  /** What the console told of a fault, else what became of the link. */
  readonly why: string;
  readonly fault: boolean;
}

export const isLost = (ran: Trace | Lost): ran is Lost => 'why' in ran;

/** A line of the kernel log without the numbers that are others every time. */
export const plainLine = (text: string): string =>
  text.replace(/\b0x[0-9a-f]+\b|\b[0-9a-f]{8,}\b|\d+/gi, 'N');

export class Side {
  readonly target: Target;
  /** Lines of the log that it ever wrote, without their numbers. */
  readonly said = new Set<string>();
  private readonly rename: (program: Program) => Program;
  private boots = 0;

  constructor(target: Target, rename: (program: Program) => Program = program => program) {
    this.target = target;
    this.rename = rename;
  }

  get name(): string {
    return this.target.name;
  }

  async run({ program, device }: Pick<Candidate, 'program' | 'device'>): Promise<Trace | Lost> {
    const { link } = this.target;
    try {
      await link.device?.(device ?? 'complete');
      const trace = await link.run(this.rename(program));
      for (const line of linesOf(trace)) this.said.add(plainLine(line.text));
      return trace;
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      const console = (await this.target.postmortem?.().catch(() => '')) ?? '';
      const line = faultIn(console);
      return { steps: error.results.length, why: line ?? error.message, fault: line !== undefined };
    }
  }

  /** Boots it again; false when nothing can or it was lost too often. */
  async again(): Promise<boolean> {
    if (!this.target.reopen || this.boots >= MOST_BOOTS) return false;
    this.boots += 1;
    await this.target.reopen();
    return true;
  }
}

/** What the kernel logged in the steps of a program that is an error, and what is a fault wherever it stands. */
export function linesOf({ log }: Trace): { step: number; text: string; fault: boolean }[] {
  return log
    .map(({ step, level, text }) => ({ step, text, fault: isFault(text), level }))
    .filter(({ step, level, fault }) => fault || (step >= 0 && level <= ERROR));
}
