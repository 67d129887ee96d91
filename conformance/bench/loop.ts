/** Compiles the plain C loop and asks it for measurements, wherever it runs. */
import { spawn } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { packageRoot } from '../cli/version.ts';
import { executorSources } from '../link/index.ts';
import { cRound } from './c-round.ts';
import type { Sample } from './measure.ts';
import type { Rounds } from './mix.ts';
import { Skip } from './section.ts';

const FLAGS = ['-O2', '-static', '-std=gnu11', '-Wall', '-Wextra', '-Werror'];
/** Sources of the executor that the loop has its own version of. */
const REPLACED = ['main.c', 'port.c'];

/** What one request of the loop gave. */
export interface LoopSample extends Sample {
  /** Calls that returned -1. */
  readonly failed: number;
}

/** A loop that runs somewhere and waits to be asked. */
export interface Loop {
  /** Makes so many rounds; `units` are calls, `seconds` the loop's own clock. */
  measure(rounds: number): Promise<LoopSample>;
}

function compile(compiler: string, words: readonly string[]): Promise<string> {
  return new Promise(resolve => {
    const child = spawn(compiler, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.on('data', chunk => {
      text += chunk;
    });
    child.on('error', error => resolve(`it does not run: ${error.message}`));
    child.on('close', status =>
      resolve(status === 0 ? '' : text.trim().split('\n')[0] || `status ${status}`),
    );
  });
}

/** Path of the loop for the calls of the first round, made in `folder`. */
export async function compileLoop(
  compiler: string,
  rounds: Rounds,
  node: string,
  folder: string,
): Promise<string> {
  const executor = await executorSources();
  const names = (await readdir(executor)).filter(name => name.endsWith('.c') && !REPLACED.includes(name));
  await writeFile(join(folder, 'round.h'), cRound(rounds, node));
  const path = join(folder, 'loop');
  const sources = [
    join(packageRoot(), 'conformance/bench/loop.c'),
    ...names.sort().map(name => join(executor, name)),
  ];
  const wrong = await compile(compiler, [...FLAGS, '-I', executor, '-I', folder, '-o', path, ...sources]);
  if (wrong.startsWith('it does not run'))
    throw new Skip(`${compiler} is needed for the plain C loop, but ${wrong}; install a C compiler`);
  if (wrong) throw new Error(`${compiler} could not compile conformance/bench/loop.c: ${wrong}`);
  return path;
}

/** The loop behind a pair of streams, once it is ready; `lost` says why it went when they end. */
export async function connectLoop(
  readable: Readable,
  writable: Writable,
  lost: () => Promise<string>,
): Promise<Loop> {
  // A loop that has gone shows as the end of its output.
  writable.on('error', () => {});
  readable.on('error', () => {});
  const lines = createInterface({ input: readable })[Symbol.asyncIterator]();
  const expect = async (pattern: RegExp) => {
    const { value, done } = await lines.next();
    const match = pattern.exec(value ?? '');
    if (done || !match)
      throw new Error(`the plain C loop ${done ? 'ended' : `said ${JSON.stringify(value)}`}${await lost()}`);
    return match;
  };
  await expect(/^ready$/);
  return {
    async measure(rounds) {
      writable.write(`${rounds}\n`);
      const match = await expect(/^(\d+) (\d+) (\d+)$/);
      const [calls, failed, nanoseconds] = match.slice(1).map(Number);
      return { units: calls!, failed: failed!, seconds: nanoseconds! / 1e9 };
    },
  };
}
