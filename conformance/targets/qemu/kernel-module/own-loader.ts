/** Makes programs of another release of Debian run where they were unpacked, without chroot and without privileges. */
import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Where programs lie that a build runs; the first two also go into PATH. */
export const PROGRAM_FOLDERS = ['usr/bin', 'bin', 'usr/lib', 'usr/libexec'] as const;

/** gABI: the file header, and the program headers that follow it in everything a linker makes. */
const HEAD = 4096;
const PT_INTERP = 3;
const EXECUTABLE = 0o111;

/** Whether the first bytes of a file are those of a 64-bit little-endian program that a loader has to start. */
export function needsLoader(head: Buffer): boolean {
  const ident = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  if (head.length < 64 || !head.subarray(0, ident.length).equals(ident)) return false;
  const [start, size, count] = [
    Number(head.readBigUInt64LE(32)),
    head.readUInt16LE(54),
    head.readUInt16LE(56),
  ];
  for (let at = start; at < start + size * count && at + 4 <= head.length; at += size)
    if (head.readUInt32LE(at) === PT_INTERP) return true;
  return false;
}

function readHead(path: string): Buffer {
  const head = Buffer.alloc(HEAD);
  const file = openSync(path, 'r');
  try {
    return head.subarray(0, readSync(file, head, 0, HEAD, 0));
  } finally {
    closeSync(file);
  }
}

/** Programs below `root` that need a loader; libraries have one too, to be run by themselves, but nobody does. */
function programs(root: string): string[] {
  return PROGRAM_FOLDERS.map(folder => join(root, folder))
    .filter(folder => existsSync(folder))
    .flatMap(folder => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile() && !/\.so(\.|$)/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => (statSync(path).mode & EXECUTABLE) !== 0 && needsLoader(readHead(path)));
}

/** A script that starts `program` with the loader and libraries of `root`, under the name it was called by. */
export function wrapper(loader: string, libraries: readonly string[], program: string): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const path = quote(libraries.join(':'));
  // A compiler finds its parts by the name it was called by.
  return `#!/bin/sh\nexec ${quote(loader)} --library-path ${path} --argv0 "$0" ${quote(program)} "$@"\n`;
}

/**
 * Puts a script in the place of every program below `made`. The programs were linked for the C library of their own
 * release, which is newer or older than this computer's; so the script calls the loader that came with them. The
 * tree will lie at `final`.
 */
export function useOwnLoader(made: string, final: string): void {
  const folders = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].filter(folder =>
    existsSync(join(made, folder)),
  );
  const home = folders.find(folder => existsSync(join(made, folder, 'ld-linux-x86-64.so.2')));
  if (home === undefined) throw new Error('the packages for building a module hold no C library');
  const loader = join(final, home, 'ld-linux-x86-64.so.2');
  const libraries = folders.map(folder => join(final, folder));
  for (const path of programs(made)) {
    renameSync(path, `${path}.program`);
    writeFileSync(path, wrapper(loader, libraries, `${final}${path.slice(made.length)}.program`));
    chmodSync(path, 0o755);
  }
}
