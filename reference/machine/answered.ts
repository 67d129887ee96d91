/** How a step ends whose ioctl was answered. */
import type { IoctlResult } from '../drm/ioctl.ts';
import type { Machine } from './machine.ts';
import type { StepOutcome } from './step-outcome.ts';

const SIGKILL = 9;

type Made = { -readonly [Member in keyof StepOutcome]: StepOutcome[Member] };

export function answered({ faults, log }: Machine, result: IoctlResult): StepOutcome {
  const name = result.call?.name ?? '';
  const line = faults.log?.(name);
  if (line) log.push(line);
  if (faults.stuck?.(name)) return { status: 'deadline', ret: 0n, signal: SIGKILL, origins: [] };
  const { errno, call, rule, torn, begun, changed } = result;
  // Every ioctl ends here: one member after the other is several times as fast as spreading them.
  const outcome: Made = {
    status: 'done',
    ret: errno ? -1n : (faults.returned?.(name) ?? 0n),
    signal: 0,
    origins: result.origins,
    argument: result.argument,
  };
  if (errno) outcome.errno = errno;
  if (call) outcome.call = call;
  if (rule) outcome.rule = rule;
  if (torn) outcome.torn = torn;
  if (begun) outcome.begun = true;
  if (changed) outcome.changed = true;
  return outcome;
}
