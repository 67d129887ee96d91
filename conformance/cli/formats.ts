/** The ways in which a run is reported. */
import { jsonlReport } from '../report/jsonl.ts';
import { ktapReport } from '../report/ktap.ts';
import type { LineWriter } from '../report/line-writer.ts';
import { prettyReport } from '../report/pretty.ts';
import type { Sink } from '../run/events.ts';

export const FORMATS = ['pretty', 'jsonl', 'ktap'] as const;
export type Format = (typeof FORMATS)[number];

/** What a report may use of the screen that it is written to. */
export interface Screen {
  readonly color: boolean;
  readonly width: number;
}

/** @param terminal whether people look at it right away */
export const screenOf = (terminal: boolean): Screen => ({
  color: terminal && process.env.NO_COLOR === undefined,
  width: Math.min(process.stdout.columns ?? 80, 110),
});

export function reportAs(format: Format, out: LineWriter, screen: Screen): Sink {
  if (format === 'jsonl') return jsonlReport(out);
  return format === 'ktap' ? ktapReport(out) : prettyReport(out, screen);
}
