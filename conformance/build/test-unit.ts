/**
 * `npm test`, behind the linter and the compiler: every unit test, in two processes side by side that take about as
 * long as each other. What they print comes one after the other, and their sum last.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../cli/version.ts';

/** Files of the first process, as paths within `dist`; all others are those of the second. */
const FIRST = String.raw`^conformance[\\/]cli[\\/]`;
const NAME = String.raw`\.test\.js$`;
const PATTERNS = [`${FIRST}.*${NAME}`, `^(?!${FIRST.slice(1)}).*${NAME}`];

interface Ended {
  readonly text: string;
  readonly status: number;
}

function run(pattern: string): Promise<Ended> {
  const uvu = join(packageRoot(), 'node_modules/uvu/bin.js');
  const child = spawn(process.execPath, [uvu, join(packageRoot(), 'dist'), pattern], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => resolve({ text, status: code ?? 1 }));
  });
}

/** What uvu counts in its last lines; a process that ended before them counts nothing. */
function counted(text: string, what: string): number {
  return Number(new RegExp(`${what}:\\s+(\\d+)`).exec(text)?.[1] ?? 0);
}

const ended = await Promise.all(PATTERNS.map(run));
for (const { text } of ended) process.stdout.write(text);
const sum = (what: string) => ended.reduce((all, { text }) => all + counted(text, what), 0);
const [total, passed] = [sum('Total'), sum('Passed')];
const good = ended.every(({ text, status }) => status === 0 && counted(text, 'Total') > 0);
console.log(`${passed} passed, ${good ? 0 : Math.max(1, total - passed)} failed`);
process.exitCode = good ? 0 : 1;
