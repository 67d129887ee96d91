/** A link to an executor that a command starts, here or (over ssh) elsewhere. */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Link } from '../../schemas/index.ts';
import { LinkError } from './link-error.ts';
import { CLOSE_LIMIT, connectStream } from './stream.ts';

/** Bytes of standard error that are kept for a sentence; more would bury it. */
const STDERR_LIMIT = 2048;
/** Milliseconds between SIGTERM, on which the executor puts back the kernel's log settings, and SIGKILL. */
const TERM_LIMIT = 3_000;

export interface SpawnOptions {
  readonly helloLimit?: number;
  /** Multiplies every limit of the link; default 1. */
  readonly patience?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** In a session of its own, so that Ctrl-C reaches only us; a command that asks for a password must not be. */
  readonly detached?: boolean;
}

function exitSentence(child: ChildProcess): string {
  if (child.signalCode) return `; it was ended by ${child.signalCode}`;
  return child.exitCode === null ? '' : `; its exit status is ${child.exitCode}`;
}

function waitExit(child: ChildProcess, limit: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve(true);
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(false), limit);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

async function end(child: ChildProcess, politely: boolean, patience: number): Promise<void> {
  if (politely && (await waitExit(child, CLOSE_LIMIT * patience))) return;
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  if (await waitExit(child, TERM_LIMIT * patience)) return;
  child.kill('SIGKILL');
  await waitExit(child, TERM_LIMIT * patience);
}

/** Starts the command (no shell) and waits for HELLO on its standard output. */
export async function spawnExecutor(command: readonly string[], options: SpawnOptions = {}): Promise<Link> {
  const [program, ...words] = command;
  if (program === undefined)
    throw new LinkError('no command was given; name the executor, for example exec:ssh host executor');
  const peer = command.join(' ');
  const { patience = 1 } = options;
  let child: ChildProcess;
  try {
    child = spawn(program, words, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: options.env ?? process.env,
      detached: options.detached ?? false,
    });
  } catch (error) {
    throw new LinkError(`${peer} cannot be started: ${(error as Error).message}`);
  }
  let failure = '';
  const started = new Promise<void>(resolve => {
    child.once('spawn', resolve);
    child.once('error', error => {
      const { code } = error as NodeJS.ErrnoException;
      const why =
        code === 'ENOENT'
          ? 'there is no such program'
          : code === 'EACCES'
            ? 'it may not be executed'
            : error.message;
      failure = `${program} cannot be started: ${why}; give a command that starts an executor`;
      resolve();
    });
  });
  child.on('error', () => {});
  let tail = '';
  child.stderr!.setEncoding('utf8');
  child.stderr!.on('data', (text: string) => {
    tail = (tail + text).slice(-STDERR_LIMIT);
  });
  child.stderr!.on('error', () => {});
  child.stdin!.on('error', () => {});
  await started;
  if (failure) throw new LinkError(failure);
  // Whatever ends this process must not leave an executor behind; SIGTERM lets it tidy up.
  const onExit = () => child.kill('SIGTERM');
  process.once('exit', onExit);
  child.once('exit', () => process.removeListener('exit', onExit));
  return connectStream(child.stdout!, child.stdin!, {
    peer,
    patience,
    ...(options.helloLimit !== undefined && { helloLimit: options.helloLimit }),
    explain: async () => {
      // Standard output may end before the exit status is known.
      await waitExit(child, CLOSE_LIMIT * patience);
      const words = tail.trim();
      return `${exitSentence(child)}${words && `; it said: ${words}`}`;
    },
    release: async failed => {
      await end(child, !failed, patience);
      // What the command started and left behind may hold this open for ever (ssh with a shared connection).
      child.stderr!.destroy();
    },
  });
}
