/** The supervisor compiles for the machines that it says it serves. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compilerOf } from '../build/toolchains.ts';
import { packageRoot } from '../cli/version.ts';

const it = suite('supervisor');
const sources = join(packageRoot(), 'conformance/supervisor');

for (const abi of ['x86_64', 'aarch64', 'riscv64'] as const)
  it(`should compile without a warning for ${abi}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-supervisor-'));
    try {
      const files = readdirSync(sources).filter(name => name.endsWith('.c'));
      const words = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-static', '-o', join(folder, abi)];
      const all = [...words, ...files.map(name => join(sources, name))];
      const { status, stderr, error } = spawnSync(compilerOf(abi), all, { encoding: 'utf8' });
      assert.is(status, 0, error?.message ?? stderr);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

it.run();
