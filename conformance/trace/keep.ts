/** Keeps the traces of a run's findings as files, each shrunk to what shows the difference. */
import type { Link, Trace } from '../../schemas/index.ts';
import type { Difference } from '../judge/difference.ts';
import { type JudgeSetup, judge } from '../judge/judge.ts';
import type { Case } from '../plan/case.ts';
import { type Shrunk, shrink } from '../shrink/shrink.ts';
import { type TraceFile, traceTarget, writeProgram } from './trace-file.ts';

/** What makes two differences one and the same, wherever in a program they show. */
export function same(a: Difference, b: Difference): boolean {
  return (
    a.kind === b.kind &&
    a.call?.name === b.call?.name &&
    a.rule === b.rule &&
    a.field === b.field &&
    (a.kind === 'bytes' || (a.expected === b.expected && a.observed === b.observed))
  );
}

/** The step at which the difference shows in a trace. */
export function showsAt(trace: Trace, setup: JudgeSetup, wanted: Difference): number | undefined {
  for (const { differences } of judge(trace, setup))
    for (const difference of differences) if (same(difference, wanted)) return difference.step;
  return undefined;
}

export interface Found {
  readonly clause: string;
  readonly instance: string;
  readonly case: Case;
  readonly difference: Difference;
}

/** Shrinks the program on the target itself, where a part of it is harmless, and gives the file's content. */
export async function traceOf(
  found: Found,
  link: Link,
  setup: JudgeSetup,
  about: { readonly kit: string; readonly target: string },
): Promise<TraceFile> {
  const { difference } = found;
  const start: Shrunk = {
    program: found.case.program,
    labels: found.case.labels,
    step: difference.step,
  };
  const mood = found.case.device ?? 'complete';
  await link.device?.(mood);
  // A part of a program that puts back what it changed may leave the device as it must not be; what lanes show depends
  // on all that they do.
  const lanes = found.case.program.steps.some(({ op }) => op === 'parallel');
  const small =
    found.case.restore || lanes
      ? start
      : await shrink(start, async ({ program }) => showsAt(await link.run(program), setup, difference));
  return {
    trace: 1,
    kit: about.kit,
    target: traceTarget(about.target, link.hello, setup),
    finding: {
      clause: found.clause,
      instance: found.instance,
      case: `${found.case.family}/${found.case.name}`,
      step: small.step,
      kind: difference.kind,
      expected: difference.expected,
      observed: difference.observed,
      ...(difference.call ? { call: difference.call.name } : {}),
      ...(difference.rule ? { source: difference.rule.source } : {}),
    },
    ...(mood === 'complete' ? {} : { device: mood }),
    program: writeProgram(small.program, small.labels),
  };
}

/** A file name that tells the clause and the instance. */
export function traceName({ clause, instance }: Pick<Found, 'clause' | 'instance'>): string {
  return `${`${clause}@${instance}`.replace(/[^A-Za-z0-9.@_-]+/g, '-')}.json`;
}
