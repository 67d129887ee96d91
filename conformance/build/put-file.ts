/** A program for a machine that writes words into a file with one call. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../cli/version.ts';
import type { GuestFile } from '../targets/qemu/index.ts';
import { compilerOf } from './toolchains.ts';

const SOURCE = join(packageRoot(), 'conformance/bindings/testing/put-file.c');
const FLAGS = ['-O2', '-static', '-std=gnu11', '-Wall', '-Werror'];

/** `/bin/put PATH WORD...`, compiled in `folder`. */
export function putFile(folder: string): GuestFile {
  const path = join(folder, 'put');
  execFileSync(compilerOf('x86_64'), [...FLAGS, '-o', path, SOURCE]);
  return { name: 'bin/put', data: readFileSync(path), executable: true };
}
