/** `accel-uapi replay` of a trace that `record` wrote: whether the results are the same again. */
import { writeFileSync } from 'node:fs';
import type { Program, TraceFile } from '../../schemas/index.ts';
import { smallest } from '../record/smallest.ts';
import { type Departure, departures } from '../record/verdict.ts';
import type { Target } from '../run/target.ts';
import { UsageError } from '../run/usage-error.ts';
import type { ReplayFlags } from './replay.ts';

/** More than this is nothing that anybody reads. */
const SHOWN = 20;

/** On one line, whatever the words hold. */
const spelt = (command: readonly string[]) =>
  command.length === 0
    ? 'a program'
    : command.map(word => (/^[\w./=,:+-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');

export async function replayRecorded(
  file: TraceFile,
  program: Program,
  labels: readonly string[],
  target: Target,
  flags: Pick<ReplayFlags, 'runs' | 'format' | 'shrink'>,
  write: (text: string) => void,
): Promise<number> {
  const recorded = file.recorded!;
  const runs: Departure[][] = [];
  for (let run = 0; run < Number(flags.runs); run += 1)
    runs.push(departures(await target.link.run(program), recorded.results));
  const differing = runs.filter(found => found.length > 0);
  const verdict = differing.length === 0 ? 'SAME' : differing.length < runs.length ? 'FLAKY' : 'DIFFERENT';
  const found = differing[0] ?? [];
  if (flags.format === 'json') {
    write(`${JSON.stringify({ verdict, runs: runs.length, differences: found })}\n`);
  } else {
    const calls = recorded.results.filter(result => result !== null).length;
    write(
      `${verdict}  ${calls} recorded calls of ${spelt(recorded.command)} on ${target.name} (${target.link.hello.release}), ${runs.length} runs\n`,
    );
    for (const { step, expected, observed } of found.slice(0, SHOWN))
      write(`  step ${step}  ${labels[step]}: recorded ${expected}, now ${observed}\n`);
    if (found.length > SHOWN) write(`  and ${found.length - SHOWN} more\n`);
    if (recorded.masked > 0)
      write(`  ${recorded.masked} bytes were masked when it was recorded, and are zeros here\n`);
  }
  if (flags.shrink !== undefined)
    await keepSmallest(flags.shrink, file, program, labels, target, found, text => {
      if (flags.format !== 'json') write(`  ${text}\n`);
    });
  return verdict === 'SAME' ? 0 : 1;
}

async function keepSmallest(
  path: string,
  file: TraceFile,
  program: Program,
  labels: readonly string[],
  target: Target,
  [wanted]: readonly Departure[],
  tell: (text: string) => void,
): Promise<void> {
  if (!wanted) return tell(`nothing ends in another way, so ${path} is not written`);
  const small = await smallest(file, program, labels, target.link, wanted);
  try {
    // What a program did may be a secret, in part too.
    writeFileSync(path, `${JSON.stringify(small)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new UsageError(
      `--shrink ${path} cannot be written (${(error as NodeJS.ErrnoException).code}); name a file in a folder that can`,
    );
  }
  tell(`${small.program.steps.length} of ${program.steps.length} steps show the first difference: ${path}`);
}
