/** `npm run bench`: how fast the kit is, beside peers that are measured in the same run. */
import { accessSync, constants, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bench, type BenchSection, validate } from '../../schemas/index.ts';
import { nearest } from '../cli/nearest.ts';
import { explainError } from '../cli/validate.ts';
import { UsageError } from '../run/usage-error.ts';
import { type Section, Skip } from './section.ts';
import { checks } from './sections/checks.ts';
import { codec } from './sections/codec.ts';
import { executor } from './sections/executor.ts';
import { kernel } from './sections/kernel.ts';
import { loading } from './sections/loading.ts';
import { reference } from './sections/reference.ts';
import { structs } from './sections/structs.ts';
import { machineText, sectionText } from './table.ts';

const SECTIONS: readonly Section[] = [reference, checks, codec, structs, loading, executor, kernel];
const SEED = 1;

const HELP = `Usage: npm run bench -- [--section NAME ...] [--quick] [--json FILE]

Measures the kit beside peers. A goal that is missed is printed and is no failure.

  --section NAME  only this section, more than once if wanted:
${SECTIONS.map(({ name, summary }) => `                    ${name.padEnd(10)} ${summary}\n`).join('')}  --quick         fewer repetitions: under a minute
  --json FILE     write the figures to a file (schemas/meta/bench.schema.json)

Exit status: 0 measured, 2 wrong usage, 3 nothing could be measured, 4 broken.

Example:
  $ npm run bench -- --section kernel --json bench.json
`;

interface Flags {
  readonly section: readonly string[];
  readonly quick: boolean;
  readonly json: string | undefined;
  readonly help: boolean;
}

const OPTIONS = {
  section: { type: 'string', multiple: true },
  quick: { type: 'boolean' },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

function readFlags(args: string[]): Flags {
  const { tokens } = parseArgs({ args, options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional')
      throw new UsageError(`${token.value} is not understood; npm run bench -- --help shows what is`);
    if (token.kind === 'option' && !(token.name in OPTIONS))
      throw new UsageError(
        `there is no option ${token.rawName}${nearest(token.name, Object.keys(OPTIONS))}; npm run bench -- --help shows all`,
      );
    if (token.kind === 'option' && OPTIONS[token.name as keyof Flags].type === 'string' && !token.value)
      throw new UsageError(`${token.rawName} needs a value; npm run bench -- --help shows an example`);
  }
  const { values } = parseArgs({ args, options: OPTIONS });
  return {
    section: values.section ?? [],
    quick: values.quick ?? false,
    json: values.json,
    help: values.help ?? false,
  };
}

function chosen(names: readonly string[]): readonly Section[] {
  const known = SECTIONS.map(({ name }) => name as string);
  for (const name of names) {
    if (!known.includes(name))
      throw new UsageError(
        `there is no section ${name}${nearest(name, known)}; expected ${known.join(', ')}`,
      );
  }
  return names.length === 0 ? SECTIONS : SECTIONS.filter(({ name }) => names.includes(name));
}

function machine(): Bench['machine'] {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() || 'unknown processor',
    cpus: Math.max(all.length, 1),
    arch: process.arch,
    kernel: release(),
    node: process.versions.node,
    load: loadavg()[0]!,
  };
}

/** Before anything is measured, which takes its time. */
function checkFolder(path: string): void {
  try {
    accessSync(dirname(resolve(path)), constants.W_OK);
  } catch (error) {
    throw unwritable(path, error as NodeJS.ErrnoException);
  }
}

function unwritable(path: string, error: NodeJS.ErrnoException): UsageError {
  return new UsageError(
    `--json ${path} cannot be written: ${error.code}; name a file in a folder that exists`,
  );
}

/** Writes the whole file or nothing. */
function writeJson(path: string, bench: Bench): void {
  const half = `${path}.${process.pid}.new`;
  try {
    writeFileSync(half, `${JSON.stringify(validate('bench', path, bench), null, 2)}\n`);
    renameSync(half, path);
  } catch (error) {
    rmSync(half, { force: true });
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw unwritable(path, error as NodeJS.ErrnoException);
  }
}

async function measure(section: Section, quick: boolean): Promise<BenchSection> {
  try {
    return { name: section.name, ...(await section.measure({ quick, seed: SEED })) };
  } catch (error) {
    if (!(error instanceof Skip)) throw error;
    return { name: section.name, rests: 'nothing was measured', skipped: error.message, rows: [] };
  }
}

async function main(args: string[]): Promise<number> {
  const flags = readFlags(args);
  if (flags.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const sections = chosen(flags.section);
  if (flags.json !== undefined) checkFolder(flags.json);
  const bench = { machine: machine(), quick: flags.quick, sections: [] as BenchSection[] };
  process.stdout.write(machineText(bench));
  for (const section of sections) {
    const done = await measure(section, flags.quick);
    bench.sections.push(done);
    process.stdout.write(`\n${sectionText(done)}`);
  }
  if (flags.json !== undefined) writeJson(flags.json, bench);
  return bench.sections.some(({ rows }) => rows.length > 0) ? 0 : 3;
}

process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
});
// Leaving in this way ends what was started and removes what was made.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
main(process.argv.slice(2)).then(
  status => {
    process.exitCode = status;
  },
  (error: Error) => {
    const known = explainError(error) ?? { status: 4, sentence: error.message };
    process.stderr.write(`bench: ${known.sentence}\n`);
    process.exitCode = known.status;
  },
);
