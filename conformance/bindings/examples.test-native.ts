/** The example in C: five compilers, and what it says where there is no device; the one in TypeScript says the same. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ABI_NAMES, type AbiName, catalogue, cHeaders } from '../../schemas/index.ts';
import { compilerOf } from '../build/toolchains.ts';
import { packageRoot } from '../cli/version.ts';

const it = suite('examples');
const STRICT = ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Werror'];
const source = join(packageRoot(), 'conformance/bindings/examples/ethosu.c');
const typescript = join(packageRoot(), 'dist/conformance/bindings/examples/ethosu.js');
let folder = '';

it.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'accel-uapi-examples-'));
  for (const [name, text] of cHeaders(catalogue(), [catalogue().drivers.get('ethosu')!]))
    writeFileSync(join(folder, name), text);
});
it.after(() => rmSync(folder, { recursive: true }));

const program = (abi: AbiName) => join(folder, `ethosu-${abi}`);

it('the C program should compile without a warning for every ABI', () => {
  for (const abi of ABI_NAMES) {
    const words = [...STRICT, '-I', folder, '-o', program(abi), source];
    const { status, stderr, error } = spawnSync(compilerOf(abi), words, { encoding: 'utf8' });
    assert.is(status, 0, `${abi}: ${error?.message ?? stderr}`);
  }
});

it('both programs should refuse what is no node of ethosu', () => {
  const native = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const says = (command: string, args: readonly string[]) => {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    assert.is(status, 1);
    return stderr;
  };
  const [c, ts] = [says(program(native), ['/dev/null']), says(process.execPath, [typescript, '/dev/null'])];
  assert.is(c, 'ethosu: /dev/null: not a DRM node (VERSION: Inappropriate ioctl for device)\n');
  assert.is(ts, 'ethosu: /dev/null: not a DRM node (VERSION: ENOTTY)\n');
});

it.run();
