import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ABI_NAMES, buildTypeTable, type Facts } from '../../schemas/layout/index.ts';
import type { AbiName } from '../../schemas/program/program.ts';
import { ASM_FOLDERS } from '../extract/asm-folders.ts';
import { buildProbe, type Probe, SECTION, type Subject } from './abi-probe.ts';
import { sectionOf } from './elf-section.ts';
import { headerPath, OWN_INCLUDE } from './own-headers.ts';

interface Toolchain {
  readonly compiler: string;
  /** Debian package that has the compiler. */
  readonly package: string;
}

const TOOLCHAINS: Readonly<Record<AbiName, Toolchain>> = {
  x86_64: { compiler: 'x86_64-linux-gnu-gcc', package: 'gcc-x86-64-linux-gnu' },
  i386: { compiler: 'i686-linux-gnu-gcc', package: 'gcc-i686-linux-gnu' },
  aarch64: {
    compiler: 'aarch64-linux-gnu-gcc',
    package: 'gcc-aarch64-linux-gnu',
  },
  armhf: {
    compiler: 'arm-linux-gnueabihf-gcc',
    package: 'gcc-arm-linux-gnueabihf',
  },
  riscv64: {
    compiler: 'riscv64-linux-gnu-gcc',
    package: 'gcc-riscv64-linux-gnu',
  },
};

/** Headers of the DRM core, whose facts the driver headers need. */
const CORE = new Set(['drm/drm.h', 'drm/drm_mode.h']);
const COMPILE_SECONDS = 60;

/** Something the check needs and does not have, or cannot use. */
export class CheckAbiError extends Error {}

export interface Difference {
  readonly abi: AbiName;
  readonly header: string;
  readonly expression: string;
  readonly ours: bigint;
  readonly compiler: bigint;
}

export interface AbiReport {
  readonly abi: AbiName;
  /** First line of what the compiler says of itself. */
  readonly compiler: string;
  /** Numbers compared, by what they are about. */
  readonly compared: Record<Subject, number>;
  readonly differences: Difference[];
}

export interface CheckAbiReport {
  readonly abis: readonly AbiReport[];
  /** What no program can ask for, once each: `header: name: reason`. */
  readonly skipped: readonly string[];
}

function run(command: string, args: readonly string[]): string {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: COMPILE_SECONDS * 1000 });
  if (result.error && 'code' in result.error && result.error.code === 'ENOENT') {
    const tool = Object.values(TOOLCHAINS).find(one => one.compiler === command);
    throw new CheckAbiError(`the compiler ${command} is not installed; install the package ${tool?.package}`);
  }
  if (result.status !== 0) {
    const line = result.stderr?.split('\n').find(one => one.includes('error')) ?? result.error?.message ?? '';
    throw new CheckAbiError(`${command} does not compile the probe: ${line.trim()}`);
  }
  return result.stdout;
}

function answersOf(probe: Probe, abi: AbiName, includeRoot: string, folder: string): BigUint64Array {
  const source = join(folder, 'probe.c');
  const object = join(folder, 'probe.o');
  writeFileSync(source, probe.source);
  // No headers but those of the package and ours: neither the machine's own nor a C library's.
  const roots = [join(includeRoot, ASM_FOLDERS[abi]), includeRoot, OWN_INCLUDE];
  const includes = ['-nostdinc', ...roots.flatMap(root => ['-isystem', root])];
  run(TOOLCHAINS[abi].compiler, [
    '-std=gnu11',
    '-ffreestanding',
    '-w',
    ...includes,
    '-c',
    source,
    '-o',
    object,
  ]);
  const bytes = sectionOf(readFileSync(object), SECTION);
  // A copy: a section need not start at a multiple of eight in its file.
  return new BigUint64Array(Uint8Array.from(bytes).buffer);
}

function readFacts(folder: string, includeRoot: string): Facts[] {
  const names = readdirSync(folder).filter(name => name.endsWith('.json'));
  return names.sort().map(name => {
    const facts = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Facts;
    const header = headerPath(includeRoot, facts.header);
    if (!existsSync(header)) {
      throw new CheckAbiError(`${header} is no file; --include must name the folder that holds drm/`);
    }
    if (createHash('sha256').update(readFileSync(header)).digest('hex') !== facts.source.sha256) {
      const { package: from, version } = facts.source;
      throw new CheckAbiError(
        `${header} is not the header of ${from} ${version} that ${name} was taken from`,
      );
    }
    return facts;
  });
}

/** Gives the answers to a probe, in the order of its questions. */
export type Answer = (probe: Probe, abi: AbiName) => ArrayLike<bigint>;

/** Compares the answers to every question about a set of headers with ours, for one ABI. */
export function compareFacts(
  all: readonly Facts[],
  abi: AbiName,
  answer: Answer,
): Pick<AbiReport, 'compared' | 'differences'> & { skipped: string[] } {
  const compared = { type: 0, field: 0, request: 0, constant: 0 };
  const differences: Difference[] = [];
  const skipped: string[] = [];
  for (const facts of all) {
    const types = buildTypeTable(all.filter(one => one === facts || CORE.has(one.header)));
    const probe = buildProbe(facts, types, abi);
    skipped.push(...probe.skipped.map(({ name, reason }) => `${facts.header}: ${name}: ${reason}`));
    const answers = answer(probe, abi);
    for (const [i, { subject, expression, expected }] of probe.questions.entries()) {
      compared[subject]++;
      const compiler = answers[i];
      if (compiler === undefined) throw new CheckAbiError(`the compiler gave no answer to ${expression}`);
      if (compiler === expected) continue;
      differences.push({ abi, header: facts.header, expression, ours: expected, compiler });
    }
  }
  return { compared, differences, skipped };
}

/**
 * Asks the compiler of each ABI about every struct, union, field, request number and constant and compares the
 * answers with ours. Nothing that was compiled is run. Throws {@link CheckAbiError} when a compiler or a header is
 * missing.
 */
export function checkAbi(includeRoot: string, factsFolder: string, abis = ABI_NAMES): CheckAbiReport {
  const all = readFacts(factsFolder, includeRoot);
  const skipped = new Set<string>();
  const folder = mkdtempSync(join(tmpdir(), 'check-abi-'));
  try {
    const reports = abis.map(abi => {
      const tools = TOOLCHAINS[abi];
      const compiler = run(tools.compiler, ['--version']).split('\n')[0] ?? '';
      const result = compareFacts(all, abi, probe => answersOf(probe, abi, includeRoot, folder));
      for (const line of result.skipped) skipped.add(line);
      return { abi, compiler, compared: result.compared, differences: result.differences };
    });
    return { abis: reports, skipped: [...skipped] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function main(): number {
  const { values } = parseArgs({
    options: {
      include: { type: 'string' },
      facts: { type: 'string', default: 'schemas/facts' },
      help: { type: 'boolean' },
    },
  });
  const usage =
    'usage: check-abi --include DIR [--facts DIR]\nexample: check-abi --include linux-libc-dev/usr/include';
  if (values.help || !values.include) {
    (values.help ? console.log : console.error)(usage);
    return values.help ? 0 : 2;
  }
  const { abis, skipped } = checkAbi(values.include, values.facts);
  for (const { abi, compiler, compared, differences } of abis) {
    const counts = `types ${compared.type}, fields ${compared.field}, requests ${compared.request}, constants ${compared.constant}`;
    console.log(`${abi.padEnd(8)} ${counts}: ${differences.length} differences (${compiler})`);
    for (const one of differences) {
      console.log(
        `  ${one.header}: ${one.expression}: ours 0x${one.ours.toString(16)}, compiler 0x${one.compiler.toString(16)}`,
      );
    }
  }
  for (const line of skipped) console.log(`not probed: ${line}`);
  return abis.some(one => one.differences.length > 0) ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    process.exitCode = main();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = error instanceof CheckAbiError ? 4 : 2;
  }
}
