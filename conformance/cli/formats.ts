/** The ways in which a run is reported. */
import { jsonlReport } from '../report/jsonl.ts';
import { ktapReport } from '../report/ktap.ts';
import { prettyReport } from '../report/pretty.ts';
import type { Sink } from '../run/events.ts';
import type { Output } from './output.ts';

export const FORMATS = ['pretty', 'jsonl', 'ktap'] as const;
export type Format = (typeof FORMATS)[number];

/** @param terminal whether people look at it right away */
export function reportAs(format: Format, out: Output, terminal: boolean): Sink {
  if (format === 'jsonl') return jsonlReport(out);
  if (format === 'ktap') return ktapReport(out);
  return prettyReport(out, {
    color: terminal && process.env.NO_COLOR === undefined,
    width: Math.min(process.stdout.columns ?? 80, 110),
  });
}
