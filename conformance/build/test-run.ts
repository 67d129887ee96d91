/**
 * Programs that know nothing of the kit run beside the reference: one in C with the kernel's header only, one in Python
 * with fcntl and mmap, many clients of which one is killed, and what is refused. Needs cc, python3 and the headers of
 * the newest kernel. `--rounds N` is how often each thread of the clients makes a client (default 1000).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../cli/version.ts';
import { committedVersion } from './facts-for.ts';
import { fetchHeaders } from './fetch-headers.ts';

const PATIENCE_MS = 1_200_000;
const root = packageRoot();
const programs = join(root, 'conformance/supervisor/testing');
const cli = join(root, 'dist/conformance/cli/main.js');

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function call(command: string, words: readonly string[], environment: Record<string, string> = {}): Ended {
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    env: { ...process.env, ...environment },
  });
  return { status, out: stdout ?? '', err: error ? error.message : stderr };
}

const run = (driver: string, ...command: string[]) =>
  call(process.execPath, [cli, 'run', driver, '--', ...command]);

let failed = 0;
function expect(what: string, ended: Ended, status: number, text: RegExp): void {
  const good = ended.status === status && text.test(ended.out + ended.err);
  if (!good) failed += 1;
  const seen = good
    ? ''
    : `: status ${ended.status}, expected ${status} and ${text}: ${ended.out}${ended.err}`;
  process.stdout.write(`${good ? 'ok' : 'not ok'} ${what}${seen}\n`);
}

function rateOf({ out }: Ended): number {
  return Number(/(\d+) calls a second/.exec(out)?.[1] ?? Number.NaN);
}

const at = process.argv.indexOf('--rounds');
const rounds = at < 0 ? '1000' : (process.argv[at + 1] ?? '');
const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-test-run-'));
try {
  const headers = await fetchHeaders(committedVersion());
  const build = (name: string): string => {
    const path = join(folder, name);
    const flags = ['-O1', '-Wall', '-Werror', '-pthread', '-isystem', headers.include];
    const made = call(process.env.CC || 'cc', [...flags, '-o', path, join(programs, `${name}.c`)]);
    if (made.status !== 0) throw new Error(`${name}.c does not compile: ${made.err}`);
    return path;
  };
  const [job, clients, waits] = [build('job'), build('clients'), build('waits')];
  expect('a C program runs a job, and its exit status is passed on', run('ethosu', job), 7, /job done/);
  expect(
    'a Python program with fcntl and mmap',
    run('ethosu', 'python3', join(programs, 'plain.py')),
    0,
    /refused: 22/,
  );
  expect('a wait ends by a signal, and by kill -9', run('accelref', waits), 0, /waits done/);
  expect('a killed command', run('ethosu', 'sh', '-c', 'kill -9 $$'), 137, /^$/);
  expect('no such command', run('ethosu', '/nonexistent'), 127, /cannot be run/);
  expect('a driver that is misspelt', run('etosu', 'true'), 2, /did you mean ethosu/);
  expect('a mutant answers as the mutant', run('ethosu,mutant=node.gpu-major', 'true'), 0, /^$/);
  const many = run('ethosu', clients, '8', '4', rounds);
  expect(
    `8 processes of 4 threads, one killed, ${rounds} rounds: the first numbers again`,
    many,
    0,
    /handle 1 offset 0x100000000\n/,
  );
  const alone = call(clients, ['1', '1', '20000'], { NODE: '/dev/null' });
  process.stdout.write(
    `${rateOf(many)} calls a second with many clients, ${rateOf(run('ethosu', clients, '1', '1', '500'))} with one; ${rateOf(alone)} on /dev/null without supervision\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
