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

const LINES = [
  'NPU 0x10006010',
  'buffers of 4096 bytes',
  'job done, the result is there',
  'imported, the memory is the same',
];
/** The last line, of the program in C and of the one in TypeScript. */
const REFUSALS = [
  /^refused: DRM_IOCTL_ETHOSU_BO_CREATE: Invalid argument: size-zero \(size is 0\), or flags-unknown \(/,
  /^refused: DRM_IOCTL_ETHOSU_BO_CREATE: EINVAL: size-zero \(size is 0\)$/,
];

const played = () => join(folder, 'played-nodes.so');

it('nodes that are played to the programs should build', () => {
  const words = ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-I', folder];
  const { status, stderr } = spawnSync(
    'gcc',
    [...words, '-o', played(), join(packageRoot(), 'conformance/bindings/testing/played-nodes.c')],
    { encoding: 'utf8' },
  );
  assert.is(status, 0, stderr);
});

/** Runs both programs on the nodes that are played. */
function both(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const env = { ...process.env, LD_PRELOAD: played(), ...more };
  return [
    [join(folder, 'native'), ...args],
    [process.execPath, typescript, ...args],
  ].map(([command, ...words]) => spawnSync(command!, words, { encoding: 'utf8', env }));
}

it('both programs should find their node among others, go on after signals and say the same', () => {
  const built = spawnSync('gcc', [...STRICT, '-I', folder, '-o', join(folder, 'native'), source]);
  assert.is(built.status, 0);
  for (const sysfs of ['1', '0'])
    for (const [at, { stdout, stderr, status }] of both([], { PLAYED_SYSFS: sysfs }).entries()) {
      assert.is(stderr, '');
      const lines = stdout.trimEnd().split('\n');
      assert.equal(lines.slice(0, -1), LINES);
      assert.match(lines.at(-1)!, REFUSALS[at]!);
      assert.is(status, 0);
    }
});

it("another driver's node should be refused in one sentence", () => {
  for (const { stderr, status } of both(['/dev/accel/accel0'])) {
    assert.is(stderr, 'ethosu: /dev/accel/accel0: a node of the driver rocket, not of ethosu\n');
    assert.is(status, 1);
  }
});

it.run();
