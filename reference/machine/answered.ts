/** How a step ends whose ioctl was answered. */
import type { IoctlResult } from '../drm/ioctl.ts';
import type { Machine } from './machine.ts';
import type { StepOutcome } from './step-outcome.ts';

const SIGKILL = 9;

export function answered({ faults, log }: Machine, result: IoctlResult): StepOutcome {
  const name = result.call?.name ?? '';
  const line = faults.log?.(name);
  if (line) log.push(line);
  if (faults.stuck?.(name)) return { status: 'deadline', ret: 0n, signal: SIGKILL, origins: [] };
  return {
    status: 'done',
    ret: result.errno ? -1n : (faults.returned?.(name) ?? 0n),
    signal: 0,
    origins: result.origins,
    argument: result.argument,
    ...(result.errno ? { errno: result.errno } : {}),
    ...(result.call ? { call: result.call } : {}),
    ...(result.rule ? { rule: result.rule } : {}),
    ...(result.torn ? { torn: result.torn } : {}),
    ...(result.begun ? { begun: true } : {}),
    ...(result.changed ? { changed: true } : {}),
  };
}
