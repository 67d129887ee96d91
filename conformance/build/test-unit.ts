/**
 * `npm test`, behind the linter and the compiler: every unit test, in groups of which two run at a time, the longest
 * first. What they print comes one after the other, and their sum last.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../cli/version.ts';

/** Folders whose tests are a process of their own; all others are the last group. */
const GROUPS = [
  'conformance/cli',
  'conformance/mutants',
  'conformance/compare',
  'conformance/families',
  'conformance/run',
  'docs',
  'schemas',
  'reference',
] as const;
const AT_ONCE = 2;
const NAME = String.raw`.*\.test\.js$`;
const folder = (name: string) => `${name.replaceAll('/', String.raw`[\\/]`)}${String.raw`[\\/]`}`;
const PATTERNS = [
  ...GROUPS.map(name => `^${folder(name)}${NAME}`),
  `^(?!${GROUPS.map(folder).join('|')})${NAME}`,
];

interface Ended {
  readonly text: string;
  readonly status: number;
  readonly seconds: number;
}

function run(pattern: string): Promise<Ended> {
  const begun = performance.now();
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
    child.on('close', code => {
      const seconds = (performance.now() - begun) / 1000;
      resolve({ text, status: code ?? 1, seconds });
    });
  });
}

/** What uvu counts in its last lines; a process that ended before them counts nothing. */
function counted(text: string, what: string): number {
  return Number(new RegExp(`${what}:\\s+(\\d+)`).exec(text)?.[1] ?? 0);
}

const ended: Ended[] = [];
const left = [...PATTERNS.entries()];
const worker = async () => {
  for (let next = left.shift(); next; next = left.shift()) ended[next[0]] = await run(next[1]);
};
await Promise.all(Array.from({ length: AT_ONCE }, worker));
for (const { text } of ended) process.stdout.write(text);
const took = [...GROUPS, 'all others'].map((name, at) => `${name} ${ended[at]!.seconds.toFixed(0)} s`);
console.log(`two at a time: ${took.join(', ')}`);
const sum = (what: string) => ended.reduce((all, { text }) => all + counted(text, what), 0);
const [total, passed] = [sum('Total'), sum('Passed')];
const good = ended.every(({ text, status }) => status === 0 && counted(text, 'Total') > 0);
console.log(`${passed} passed, ${good ? 0 : Math.max(1, total - passed)} failed`);
process.exitCode = good ? 0 : 1;
