/** The kit or the link failed, never the driver. The message is one clear sentence for the user. */

import type { LogRecord, StepResult } from '../../schemas/index.ts';

export class LinkError extends Error {
  override readonly name = 'LinkError';
  /** What had come of the program that was running. */
  readonly results: readonly StepResult[];
  readonly log: readonly LogRecord[];

  constructor(message: string, results: readonly StepResult[] = [], log: readonly LogRecord[] = []) {
    super(message);
    this.results = results;
    this.log = log;
  }
}
