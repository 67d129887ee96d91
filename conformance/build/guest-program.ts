/** A program in C, written with the generated headers of ethosu, as a file of a virtual machine of 64-bit ARM. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { catalogue, cHeaders } from '../../schemas/index.ts';
import { packageRoot } from '../cli/version.ts';
import type { GuestFile } from '../targets/qemu/index.ts';
import { compilerOf } from './toolchains.ts';

const STRICT = ['-Wall', '-Wextra', '-Werror', '-static'];

/** @param source below the package; the program has its name, in /bin; `folder` takes what is made on the way */
export function guestProgram(source: string, folder: string, standard: 'c11' | 'gnu11'): GuestFile {
  for (const [name, text] of cHeaders(catalogue(), [catalogue().drivers.get('ethosu')!]))
    writeFileSync(join(folder, name), text);
  const name = basename(source, '.c');
  const path = join(folder, name);
  const words = [`-std=${standard}`, ...STRICT, '-I', folder, '-o', path, join(packageRoot(), source)];
  execFileSync(compilerOf('aarch64'), words);
  return { name: `bin/${name}`, data: readFileSync(path), executable: true };
}
