/** Live progress on standard error, only when it is a terminal. */
import ora, { type Ora } from 'ora';
import type { StreamEvent } from '../run/events.ts';

export interface Progress {
  see(event: StreamEvent): void;
  stop(): void;
}

/** How often the line changes, in milliseconds: faster cannot be read. */
const REFRESH_MS = 100;

export function progress(name: string): Progress {
  if (!process.stderr.isTTY) return { see: () => {}, stop: () => {} };
  const spinner: Ora = ora({ text: name, stream: process.stderr, discardStdin: false }).start();
  let planned = 0;
  let steps = 0;
  let shown = 0;
  return {
    see: event => {
      if (event.event === 'run') planned = event.plan.steps;
      if (event.event !== 'step') return;
      steps += 1;
      const now = performance.now();
      if (now - shown < REFRESH_MS) return;
      shown = now;
      spinner.text = `${name}: ${event.case}, step ${steps}${steps <= planned ? ` of ${planned}` : ''}`;
    },
    stop: () => {
      spinner.stop();
    },
  };
}

/** How far a list of known length has got. */
export function ticker(name: string, of: number): { next(what: string): void; clear(): void; stop(): void } {
  if (!process.stderr.isTTY) return { next: () => {}, clear: () => {}, stop: () => {} };
  const spinner: Ora = ora({ text: name, stream: process.stderr, discardStdin: false }).start();
  let done = 0;
  return {
    next: what => {
      done += 1;
      spinner.text = `${name}: ${done} of ${of}, ${what}`;
    },
    clear: () => {
      spinner.clear();
    },
    stop: () => {
      spinner.stop();
    },
  };
}
