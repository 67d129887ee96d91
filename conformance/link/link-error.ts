/** The kit or the link failed, never the driver. The message is one clear sentence for the user. */

import type { LogRecord, StepResult } from '../../schemas/index.ts';

/** Words of the other side may hold lines and what moves a terminal's cursor; a sentence has neither. */
function oneLine(text: string): string {
  return (
    text
      .trim()
      .replace(/\s*[\r\n]+\s*/g, ' | ')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be replaced
      .replace(/[\0-\x1f\x7f-\x9f]/g, byte => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
  );
}

export class LinkError extends Error {
  override readonly name = 'LinkError';
  /** What had come of the program that was running. */
  readonly results: readonly StepResult[];
  readonly log: readonly LogRecord[];

  constructor(message: string, results: readonly StepResult[] = [], log: readonly LogRecord[] = []) {
    super(oneLine(message));
    this.results = results;
    this.log = log;
  }
}
