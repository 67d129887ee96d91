/** `accel-uapi doctor`: what this machine can do, and what would bring in the rest. */
import { type Doctor, validate } from '../../schemas/index.ts';
import { examine } from '../doctor/doctor.ts';
import { printDoctor } from '../doctor/print.ts';
import { machineProbes } from '../doctor/probes.ts';
import type { Tier } from '../plan/case.ts';

export interface DoctorFlags {
  readonly tier: Tier;
  readonly format?: 'pretty' | 'json';
}

/** What is piped is read by programs, or later. */
const PIPE_WIDTH = 80;

export async function runDoctor(
  target: string | undefined,
  { tier, format }: DoctorFlags,
  write: (text: string) => void,
): Promise<number> {
  const found = await examine(machineProbes(), target, tier);
  const terminal = process.stdout.isTTY === true;
  write(
    format === 'json'
      ? `${JSON.stringify(validate<Doctor>('doctor', 'the report', found), null, 2)}\n`
      : printDoctor(found, {
          color: terminal && process.env.NO_COLOR === undefined,
          width: Math.min(process.stdout.columns ?? PIPE_WIDTH, PIPE_WIDTH),
        }),
  );
  return found.status;
}
