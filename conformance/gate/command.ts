/** Runs the commands of a submission, in a copy of it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A library is built in seconds; more than this is one that hangs. */
export const COMMAND_SECONDS = 600;
/** Lines of a failed command that are shown. */
const SHOWN = 6;

export interface Ended {
  readonly good: boolean;
  readonly stdout: string;
  /** How it ended, with the last lines of what it said. */
  readonly how: string;
}

/** @param include where the compiler looks for the kernel's headers before the system's own place */
export function runCommand(command: readonly string[], cwd: string, include: string): Ended {
  const [program, ...args] = command;
  const result = spawnSync(program!, args, {
    cwd,
    env: { ...process.env, C_INCLUDE_PATH: [include, process.env.C_INCLUDE_PATH].filter(Boolean).join(':') },
    encoding: 'utf8',
    timeout: COMMAND_SECONDS * 1000,
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim().split('\n').slice(-SHOWN).join(' | ');
  const code = (result.error as NodeJS.ErrnoException | undefined)?.code;
  const how =
    code === 'ENOENT'
      ? 'there is no such program'
      : code === 'ETIMEDOUT'
        ? `it did not end within ${COMMAND_SECONDS} s`
        : `it ended with ${result.signal ? `the signal ${result.signal}` : `status ${result.status}`}`;
  return {
    good: result.status === 0 && !result.error,
    stdout: result.stdout ?? '',
    how: `${how}${said ? `: ${said}` : ''}`,
  };
}

export async function inTemporary<T>(act: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-gate-'));
  try {
    return await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
