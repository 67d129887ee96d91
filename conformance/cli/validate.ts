/** `accel-uapi validate`: runs everything on each target, reports. */
import { modelledDrivers } from '../../schemas/index.ts';
import { LinkError } from '../link/index.ts';
import { TargetError } from '../run/identity.ts';
import { UsageError } from '../run/usage-error.ts';
import { reportAs, screenOf } from './formats.ts';
import { Output } from './output.ts';
import { progress } from './progress.ts';
import { optionsOf, type ValidateFlags } from './validate-flags.ts';
import { validateTarget } from './validate-target.ts';
import { FailedTarget, fitForThreads, validateInThreads } from './validate-threads.ts';

/** Runs every target; the worst exit status counts. */
export async function runValidate(names: readonly string[], flags: ValidateFlags): Promise<number> {
  const targets = names.length > 0 ? names : modelledDrivers().map(({ name }) => `reference:${name}`);
  const options = await optionsOf(flags, names, targets);
  const out = new Output(flags.out);
  const interrupt = new AbortController();
  const onSignal = () => {
    // A second signal means now: nothing is waited for.
    if (interrupt.signal.aborted) process.exit(130);
    // The program that runs ends first: it puts back what it changed.
    interrupt.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  let status = 0;
  const ended = (end: number) => {
    status = Math.max(status, rank(end));
  };
  const format = flags.format ?? 'pretty';
  const screen = screenOf(flags.out === undefined && process.stdout.isTTY === true);
  try {
    if (fitForThreads(targets, flags))
      await validateInThreads({ names, targets, flags, format, screen }, out, interrupt, ended);
    else await inTurn(targets);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    out.close();
  }
  return unrank(status);

  async function inTurn(all: readonly string[]): Promise<void> {
    for (const name of all) {
      const report = reportAs(format, out, screen);
      const live = progress(name);
      try {
        const end = await validateTarget(name, flags, options, interrupt.signal, event => {
          live.see(event);
          report(event);
          if (out.gone) interrupt.abort();
        });
        ended(end.status);
      } finally {
        live.stop();
      }
      if (interrupt.signal.aborted) break;
    }
  }
}

/** Which of two statuses counts: a violation, then a failure of the kit, then unknown. */
const ORDER = [0, 3, 4, 1];
const rank = (status: number) => ORDER.indexOf(status);
const unrank = (at: number) => ORDER[at] ?? 4;

/** The exit status for an error, and its sentence. */
export function explainError(error: unknown): { status: number; sentence: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof FailedTarget) return error.explained;
  // Loading the virtual machine's code only to know its error would cost every other command.
  const kind = error.name === 'QemuError' ? (error as Error & { kind: string }).kind : '';
  if (error instanceof UsageError || error.name === 'InvalidData' || kind === 'no-machine')
    return { status: 2, sentence: error.message };
  if (error instanceof TargetError || error instanceof LinkError || kind !== '')
    return { status: 4, sentence: error.message };
  return undefined;
}
