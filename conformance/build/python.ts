/** The system's Python, with a time limit: a tool that does not find the kernel's root looks for it for ever. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A tool takes about a second; a busy machine several. */
const LIMIT_MS = 60_000;
/** What is kept of a complaint, which may hold the whole schema. */
const WORDS = 160;

/** Another Python that comes first in PATH may lack what the packages of the system bring. */
export const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

export interface PythonResult {
  readonly accepted: boolean;
  readonly stdout: string;
  /** One line: how it ended, and the last error. */
  readonly words: string;
}

export function runPython(args: readonly string[], limitMs = LIMIT_MS): PythonResult {
  const { status, error, stdout, stderr } = spawnSync(PYTHON, [...args], {
    encoding: 'utf8',
    timeout: limitMs,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 26,
    env: { ...process.env, LC_ALL: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1' },
  });
  const ended = error?.message.includes('ETIMEDOUT') ? `no end after ${limitMs / 1000} s` : error?.message;
  // Some complaints go to standard output.
  const said = `${stdout ?? ''}\n${stderr ?? ''}`.split('\n').filter(line => line.trim() !== '');
  const complaint = said.filter(line => /^\S*(Error|Exception)\b/.test(line)).at(-1) ?? said.at(-1) ?? '';
  const words = ended ?? (status === 0 ? 'accepted' : `exit status ${status}: ${complaint}`);
  return { accepted: status === 0, stdout: stdout ?? '', words: words.slice(0, WORDS) };
}

/** Throws when the modules cannot be loaded, with the packages that have them. */
export function requireModules(modules: Readonly<Record<string, string>>): void {
  const missing = Object.entries(modules).filter(
    ([module]) => !runPython(['-c', `import ${module}`]).accepted,
  );
  if (missing.length > 0)
    throw new Error(
      `${PYTHON} has no ${missing.map(([module]) => module).join(', ')}; install the Debian packages ${missing.map(([, name]) => name).join(', ')}`,
    );
}
