/** The vectors against the generated C headers: compiled and run for each kind of layout, emulated where the kernel runs it not. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AbiName,
  CORE_HEADER,
  catalogue,
  cHeaders,
  driverHeader,
  vectorsOf,
} from '../../schemas/index.ts';
import { wordsBefore } from '../build/emulators.ts';
import { compilerOf } from '../build/toolchains.ts';
import { packageRoot } from '../cli/version.ts';
import { vectorProgram } from './vector-program.ts';

const it = suite('c-vectors');

const drivers = [...catalogue().drivers.values()];
const vectors = vectorsOf(catalogue(), drivers);
/** Each kind of layout once: with 64 bits, and the two of 32 bits, which align differently. */
const RUN: readonly AbiName[] = ['x86_64', 'i386', 'armhf'];

let folder = '';

it.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'accel-uapi-vectors-'));
  for (const [name, text] of cHeaders(catalogue(), drivers)) writeFileSync(join(folder, name), text);
});
it.after(() => rmSync(folder, { recursive: true }));

/** The kit's own header for the protocol. */
function headerOf(name: string): string {
  if (name === 'protocol') return join(packageRoot(), vectors.get(name)!.header);
  return name === 'drm' ? CORE_HEADER : driverHeader(name);
}

/** What the program of a driver says; `more` goes to the compiler. */
function run(name: string, abi: AbiName, header: string, more: readonly string[] = []): string {
  const [source, program] = [join(folder, 'vectors.c'), join(folder, 'vectors')];
  writeFileSync(source, vectorProgram(header, vectors.get(name)!, abi));
  const warnings = ['-Wall', '-Wextra', '-Werror', '-Wno-address-of-packed-member', '-fno-strict-aliasing'];
  // The vectors give plain char as x86 has it, signed; on arm and riscv it is not.
  const chars = '-fsigned-char';
  // Static, so that the libraries of another ABI need not be there to run it.
  const words = [
    '-std=gnu11',
    '-O0',
    chars,
    '-static',
    ...warnings,
    ...more,
    '-I',
    folder,
    '-o',
    program,
    source,
  ];
  const built = spawnSync(compilerOf(abi), words, { encoding: 'utf8' });
  assert.is(
    built.status,
    0,
    `${name} on ${abi}: ${(built.stderr ?? built.error?.message ?? '').slice(0, 1000)}`,
  );
  const [command, ...rest] = [...wordsBefore(abi), program];
  const { stdout, stderr, error, signal } = spawnSync(command!, rest, { encoding: 'utf8' });
  return stdout || `${stderr ?? ''}${error?.message ?? ''}${signal ?? ''}`;
}

for (const abi of RUN)
  it(`every vector should hold on ${abi}`, () => {
    for (const name of vectors.keys()) {
      const said = run(name, abi, headerOf(name));
      assert.match(said, /^[1-9]\d* vectors, 0 failures\n$/, `${name}: ${said.slice(0, 400)}`);
    }
  });

it('members in the wrong order should be caught, without any assertion of the header', () => {
  const good = readFileSync(join(folder, driverHeader('ethosu')), 'utf8');
  const bad = good.replace('\t__u32 flags;\n\t__u32 handle;\n', '\t__u32 handle;\n\t__u32 flags;\n');
  assert.is.not(bad, good);
  const silent = bad.replace(/^ACCEL_UAPI_ASSERT\(.*\);\n/gm, '');
  writeFileSync(join(folder, 'bad.h'), silent);
  assert.match(run('ethosu', 'x86_64', 'bad.h'), /^drm_ethosu_bo_create, .*[1-9]\d* failures\n$/s);
});

it.run();
