/** How the memory of a program in JavaScript and of its first child goes while it runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

const EVERY_MS = 200;
/** Every collection is a whole one, and told: what is left after it is in use. */
const COLLECTED = ['--trace-gc', '--gc-global'];
const TOLD = /^\[\d+:0x[0-9a-f]+\].*?Mark-Compact.*? -> ([\d.]+) \(/;

/** MiB at most in the second and in the last quarter of the time. */
export interface Course {
  readonly before: number;
  readonly after: number;
}

export interface Watched {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
  /** What the program itself holds. */
  readonly heap: Course;
  /** What of its first child is resident; for `run` that is the supervisor. */
  readonly child: Course;
}

function resident(pid: number): number {
  try {
    const helper = Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'), 10);
    const status = readFileSync(`/proc/${helper}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

const collect = (stream: ChildProcess['stdout']): { text: string } => {
  const all = { text: '' };
  stream?.setEncoding('utf8').on('data', (part: string) => {
    all.text += part;
  });
  return all;
};

function course(seen: readonly number[]): Course {
  const quarter = Math.floor(seen.length / 4);
  const most = (part: readonly number[]) => Math.max(0, ...part);
  return { before: most(seen.slice(quarter, 2 * quarter)), after: most(seen.slice(3 * quarter)) };
}

export async function watchMemory(words: readonly string[]): Promise<Watched> {
  const child = spawn(process.execPath, [...COLLECTED, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  const seen: number[] = [];
  const timer = setInterval(() => seen.push(resident(child.pid!)), EVERY_MS);
  const [status] = (await once(child, 'close')) as [number | null];
  clearInterval(timer);
  const heap = out.text.split('\n').flatMap(line => {
    const told = TOLD.exec(line)?.[1];
    return told === undefined ? [] : [Number(told)];
  });
  return { status, out: out.text, err: err.text, heap: course(heap), child: course(seen) };
}
