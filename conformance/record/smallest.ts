/** The smallest part of a recording that still ends in another way than it was recorded, as a recording of its own. */
import type { Link, Program, TraceFile } from '../../schemas/index.ts';
import { type Part, type Smallest, shrink } from '../shrink/shrink.ts';
import { writeProgram } from '../trace/trace-file.ts';
import { type Departure, departures } from './verdict.ts';

/** A recording is longer than any program that the kit makes. */
const MOST_RUNS = 120;

export async function smallest(
  file: TraceFile,
  program: Program,
  labels: readonly string[],
  link: Pick<Link, 'run'>,
  wanted: Departure,
): Promise<TraceFile> {
  const { results } = file.recorded!;
  const of = ({ steps }: Part) => steps.map(step => results[step] ?? null);
  const small = await shrink(
    { program, labels, step: wanted.step },
    async candidate => {
      // What another step does differently may come of what was left out before it.
      const [first] = departures(await link.run(candidate.program), of(candidate));
      if (!first || candidate.steps[first.step] !== wanted.step) return undefined;
      return first.expected === wanted.expected && first.observed === wanted.observed
        ? first.step
        : undefined;
    },
    MOST_RUNS,
  );
  return partOf(file, small, 'which were not needed to show what differs');
}

/** Some steps of a recording as a recording of their own. */
export function partOf(file: TraceFile, small: Smallest, why: string): TraceFile {
  const { results, left, ...recorded } = file.recorded!;
  const place = new Map(small.buffers.map((buffer, at) => [buffer, at]));
  const gone = file.program.steps.length - small.steps.length;
  return {
    ...file,
    finding: { ...file.finding, step: small.step },
    recorded: {
      ...recorded,
      whole: recorded.whole && gone === 0,
      left: [...left, ...(gone > 0 ? [`${gone} steps, ${why}`] : [])],
      results: small.steps.map(step => {
        const result = results[step] ?? null;
        return (
          result && {
            ...result,
            after: result.after.map(each => ({ ...each, buffer: place.get(each.buffer)! })),
          }
        );
      }),
    },
    program: writeProgram(small.program, small.labels),
  };
}
