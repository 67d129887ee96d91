/** How the memory of a program and its children goes while it runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

const EVERY_MS = 200;

export interface Watched {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
  /** MiB resident in the second and in the last quarter of the time, at most. */
  readonly before: number;
  readonly after: number;
}

function resident(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** The first process that a process started. */
function firstChild(pid: number): number {
  try {
    return Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'), 10);
  } catch {
    return Number.NaN;
  }
}

const collect = (stream: ChildProcess['stdout']): { text: string } => {
  const all = { text: '' };
  stream?.setEncoding('utf8').on('data', (part: string) => {
    all.text += part;
  });
  return all;
};

/** Of the program and its first child, which for `run` is the supervisor. */
export async function watchMemory(command: string, words: readonly string[]): Promise<Watched> {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  const seen: number[] = [];
  const timer = setInterval(() => {
    const helper = firstChild(child.pid!);
    seen.push(resident(child.pid!) + (Number.isNaN(helper) ? 0 : resident(helper)));
  }, EVERY_MS);
  const [status] = (await once(child, 'close')) as [number | null];
  clearInterval(timer);
  const quarter = Math.floor(seen.length / 4);
  const most = (part: readonly number[]) => Math.round(Math.max(0, ...part));
  return {
    status,
    out: out.text,
    err: err.text,
    before: most(seen.slice(quarter, 2 * quarter)),
    after: most(seen.slice(3 * quarter)),
  };
}
