/** Compiles the executor for this machine, once per source and compiler. */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LinkError } from './link-error.ts';

const FLAGS = ['-O2', '-static', '-pthread', '-std=gnu11'];

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The folder of the C files: beside this one in a checkout, in the package root once compiled to dist. */
export async function executorSources(): Promise<string> {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const folder = join(at, 'conformance/executor');
    if (await exists(join(folder, 'executor.h'))) {
      if (await exists(join(folder, 'generated/protocol.h'))) return folder;
      throw new LinkError(`${folder}/generated/protocol.h is missing; run npm run generate`);
    }
    if (at === dirname(at))
      throw new LinkError('the C sources of the executor are missing; install accel-uapi again');
  }
}

/** Runs a command; its standard error, and the exit status or what kept it from starting. */
function call(command: string, words: readonly string[]): Promise<{ status: number | string; text: string }> {
  return new Promise(resolve => {
    const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', chunk => (text += chunk));
    child.stderr.on('data', chunk => (text += chunk));
    child.on('error', error =>
      resolve({ status: (error as NodeJS.ErrnoException).code ?? error.message, text }),
    );
    child.on('close', (code, signal) => resolve({ status: code ?? signal ?? 'lost', text }));
  });
}

/** Path of the executor, compiled into the user's cache. A LinkError says what to install when it cannot be. */
export async function buildExecutor(compiler = process.env.CC || 'cc'): Promise<string> {
  return compile('executor', await executorSources(), ['executor.h', 'generated/protocol.h'], compiler);
}

/** The same of the program that lets others call a reference. */
export async function buildSupervisor(compiler = process.env.CC || 'cc'): Promise<string> {
  return compile('supervisor', join(await executorSources(), '../supervisor'), ['supervisor.h'], compiler);
}

/** The same of the program that records another one. */
export async function buildRecorder(compiler = process.env.CC || 'cc'): Promise<string> {
  return compile(
    'recorder',
    join(await executorSources(), '../recorder'),
    ['recorder.h', 'calls.h'],
    compiler,
  );
}

async function compile(
  program: string,
  folder: string,
  headers: readonly string[],
  compiler: string,
): Promise<string> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.c')).sort();
  const hash = createHash('sha256');
  for (const name of [...names, ...headers])
    hash.update(`${name}\0`).update(await readFile(join(folder, name)));
  const version = await call(compiler, ['--version']);
  if (version.status !== 0)
    throw new LinkError(
      `the ${program} cannot be compiled because ${compiler} does not run (${version.status}); install a C compiler (Debian: apt install gcc libc6-dev) or set CC`,
    );
  hash.update(version.text).update(FLAGS.join(' ')).update(compiler);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'accel-uapi');
  const path = join(cache, `${program}-${hash.digest('hex').slice(0, 16)}`);
  if (await exists(path)) return path;
  const half = `${path}.${process.pid}.new`;
  try {
    await mkdir(cache, { recursive: true });
    const done = await call(compiler, [...FLAGS, '-o', half, ...names.map(name => join(folder, name))]);
    if (done.status !== 0) {
      const first = done.text.split('\n').find(line => line.includes('error')) ?? done.text.trim();
      throw new LinkError(
        `${compiler} could not compile the ${program} (${first.trim()}); a C library for static linking is needed (Debian: libc6-dev, Fedora: glibc-static)`,
      );
    }
    await rename(half, path);
  } catch (error) {
    await rm(half, { force: true });
    if (error instanceof LinkError) throw error;
    throw new LinkError(`the ${program} cannot be stored in ${cache}: ${(error as Error).message}`);
  }
  return path;
}
