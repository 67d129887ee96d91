/** The user-space library of a submission: open, whole, built from its source, and tested. */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue, cHeaders, type DriverDescription, tsModules } from '../../schemas/index.ts';
import { commandPath } from '../cli/version.ts';
import { writeTogether } from '../extract/write-together.ts';
import { kindOf } from '../run/read-source.ts';
import { inTemporary, runCommand } from './command.ts';
import { Refused } from './finding.ts';
import { isOpen } from './licences.ts';
import type { Submitted } from './submission.ts';

const SOURCE = /\.(c|h|cc|cpp|hpp|rs|py|go|zig|ts|js|sh)$/;
/** The first bytes of what somebody else's compiler has made. */
const COMPILED: readonly (readonly [what: string, magic: Uint8Array])[] = [
  ['an ELF file', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46)],
  ['an archive of objects', new TextEncoder().encode('!<arch>\n')],
  ['LLVM bitcode', Uint8Array.of(0x42, 0x43, 0xc0, 0xde)],
  ['a program of Windows', Uint8Array.of(0x4d, 0x5a)],
];

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map(name => String(name).replaceAll('\\', '/'))
    .filter(name => kindOf(join(folder, name)) === 'file')
    .sort();
}

/** Header and generated bindings, through the compiler of this machine. */
export async function checkBindings(
  driver: DriverDescription,
  header: string,
  include: string,
): Promise<string> {
  return inTemporary(folder => {
    const files = [...cHeaders(catalogue(), [driver])];
    const modules = tsModules(catalogue(), [driver]);
    const names = files.map(([name]) => name).filter(name => name.endsWith('.h'));
    writeTogether([
      ...files.map(([name, text]) => ({ path: join(folder, name), text })),
      { path: join(folder, 'bindings.c'), text: names.map(name => `#include "${name}"\n`).join('') },
      { path: join(folder, 'header.c'), text: `#include "header.h"\n` },
      { path: join(folder, 'header.h'), text: readFileSync(header, 'utf8') },
    ]);
    const problems: string[] = [];
    for (const name of ['header.c', 'bindings.c']) {
      const { good, how } = runCommand(
        [
          'cc',
          '-std=c11',
          '-Wall',
          '-Wextra',
          '-Werror',
          '-fsyntax-only',
          '-isystem',
          join(include, 'drm'),
          name,
        ],
        folder,
        include,
      );
      if (!good)
        problems.push(
          `${name === 'header.c' ? 'the header' : 'the generated C bindings'} cannot be compiled: ${how}`,
        );
    }
    if (problems.length > 0) throw new Refused(problems);
    return `${names.length} C headers compiled, ${modules.size} TypeScript modules made`;
  });
}

/** Licence, sources and what they use; nothing is run. */
export function checkLibrary({ folder, manifest }: Submitted, driver: DriverDescription): string {
  const { library } = manifest;
  const root = join(folder, library.folder);
  const problems: string[] = [];
  if (!isOpen(library.licence))
    problems.push(
      `the licence ${library.licence} is none that is known to be open (see docs/guides/gate.md)`,
    );
  const files = filesOf(root);
  for (const name of files) {
    const bytes = readFileSync(join(root, name));
    const compiled = COMPILED.find(([, magic]) => magic.every((byte, at) => bytes[at] === byte));
    if (compiled)
      problems.push(`${library.folder}/${name} is ${compiled[0]}: a library is handed in as source`);
  }
  const sources = files.filter(name => SOURCE.test(name));
  if (sources.length === 0) problems.push(`${library.folder} holds no source file`);
  for (const name of sources) {
    const line = /SPDX-License-Identifier:\s*([^\n*]+?)\s*(?:\*\/)?\s*$/m.exec(
      readFileSync(join(root, name), 'utf8'),
    )?.[1];
    if (line === undefined)
      problems.push(`${library.folder}/${name} names no licence (SPDX-License-Identifier)`);
    else if (!isOpen(line))
      problems.push(`${library.folder}/${name} is under ${line}, which is not known to be open`);
  }
  problems.push(...checkUse({ folder, manifest }, driver));
  if (problems.length > 0) throw new Refused(problems);
  return `${library.name}, ${library.licence}, ${sources.length} source files`;
}

function checkUse({ folder, manifest }: Submitted, driver: DriverDescription): string[] {
  const { library, unused = [] } = manifest;
  const own = new Set(driver.facts.ioctls.map(({ name }) => name));
  const problems: string[] = [];
  for (const { call, source } of library.ioctls) {
    const path = join(folder, library.folder, source);
    if (!driver.calls.has(call) && !own.has(call))
      problems.push(`library.ioctls names ${call}, which is no ioctl of the driver`);
    else if (kindOf(path) !== 'file')
      problems.push(`library.ioctls: there is no file ${library.folder}/${source}`);
    else if (!new RegExp(`\\b${call}\\b`).test(readFileSync(path, 'utf8')))
      problems.push(`library.ioctls says that ${source} uses ${call}, and it does not name it`);
  }
  const used = new Set([...library.ioctls, ...unused].map(({ call }) => call));
  for (const name of own)
    if (!used.has(name))
      problems.push(
        `the library uses no ${name}; use it, or say under unused why user space has no need of it`,
      );
  return problems;
}

/** A copy of the submission, so that nothing is left in it and nothing that was left there counts. */
export async function inCopy<T>({ folder }: Submitted, act: (copy: string) => Promise<T> | T): Promise<T> {
  return inTemporary(copy => {
    cpSync(folder, copy, { recursive: true });
    return act(copy);
  });
}

/** Builds the library in a copy. */
export function build({ manifest }: Submitted, copy: string, include: string): string {
  const { library } = manifest;
  const cwd = join(copy, library.folder);
  const early = library.products.filter(name => kindOf(join(cwd, name)) !== undefined);
  if (early.length > 0)
    throw new Refused([`${early.join(', ')} is there before anything was built; hand in the source alone`]);
  const { good, how } = runCommand(library.build, cwd, include);
  if (!good) throw new Refused([`${library.build.join(' ')} does not build the library: ${how}`]);
  const missing = library.products.filter(name => kindOf(join(cwd, name)) !== 'file');
  if (missing.length > 0)
    throw new Refused([`${library.build.join(' ')} ended well and made no ${missing.join(', ')}`]);
  return `${library.build.join(' ')} made ${library.products.join(', ')}`;
}

export interface TapCounts {
  readonly planned: number | undefined;
  readonly passed: number;
  readonly failed: readonly string[];
  readonly skipped: number;
}

/** Test Anything Protocol: `1..N`, `ok 1 - name`, `not ok 2 - name`, `# SKIP why`. */
export function readTap(text: string): TapCounts {
  let planned: number | undefined;
  let passed = 0;
  let skipped = 0;
  const failed: string[] = [];
  for (const line of text.split('\n')) {
    const plan = /^1\.\.(\d+)/.exec(line);
    if (plan) planned = Number(plan[1]);
    const point = /^(not )?ok\b(.*)$/.exec(line);
    if (!point) continue;
    if (/#\s*(skip|todo)/i.test(point[2]!)) skipped += 1;
    else if (point[1]) failed.push(point[2]!.trim());
    else passed += 1;
  }
  return { planned, passed, failed, skipped };
}

/** Runs the tests in the copy in which the library was built. */
export function test({ manifest }: Submitted, copy: string, include: string): string {
  const { command, under } = manifest.tests;
  const kit = [process.execPath, commandPath(), 'run', under ?? '', '--'];
  const whole = under === undefined ? command : [...kit, ...command];
  const { good, how, stdout } = runCommand(whole, join(copy, manifest.library.folder), include);
  const { planned, passed, failed, skipped } = readTap(stdout);
  const name = command.join(' ');
  if (failed.length > 0) throw new Refused(failed.map(each => `a test of ${name} fails: ${each}`));
  if (!good) throw new Refused([`${name} does not run its tests: ${how}`]);
  if (planned === undefined)
    throw new Refused([
      `${name} says no plan (1..N of the Test Anything Protocol): whether a test ran is unknown`,
    ]);
  if (passed + skipped !== planned)
    throw new Refused([`${name} plans ${planned} tests and tells of ${passed + skipped}`]);
  if (passed === 0) throw new Refused([`${name} runs no test: ${skipped} of ${planned} are left out`]);
  return `${passed} of ${planned} pass${skipped > 0 ? `, ${skipped} are left out` : ''}${under === undefined ? '' : `, on the reference of ${under}`}`;
}
