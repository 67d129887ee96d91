/** Builds a kernel module out of its folder, once per source and kernel. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { packageRoot } from '../../../cli/version.ts';
import type { KernelArchitecture } from '../architecture.ts';
import { cacheRoot, makeScratch, publishDirectory, removeStaleScratch } from '../cache.ts';
import { QemuError } from '../errors.ts';
import { fetchSource } from '../fetch-source.ts';
import { fetchKernelHeaders, type KernelHeaders } from './kernel-headers.ts';
import { PROGRAM_FOLDERS } from './own-loader.ts';

/** Metapackages of the headers. */
const packages: Readonly<Record<KernelArchitecture, Readonly<Partial<Record<ModuleKernel, string>>>>> = {
  amd64: { '6.12': 'linux-headers-6.12-amd64', newest: 'linux-headers-amd64' },
  arm64: { newest: 'linux-headers-arm64' },
};

export type ModuleKernel = '6.12' | 'newest';

/** What `make` has to be told, and how the names of the compiler's programs start. */
const CROSS: Readonly<
  Record<KernelArchitecture, { readonly words: readonly string[]; readonly prefix: string }>
> = {
  amd64: { words: [], prefix: '' },
  arm64: {
    words: ['ARCH=arm64', 'CROSS_COMPILE=aarch64-linux-gnu-'],
    prefix: 'aarch64-linux-gnu-',
  },
};

/** Files of the kernel's own source package, which are compiled along as they are. */
export interface BorrowedSource {
  /** For example linux-source-7.3. */
  readonly package: string;
  /** Below the kernel's root; each lies beside the module's own files then. */
  readonly paths: readonly string[];
}

export interface ModuleOptions {
  /** Folder with a Kbuild file that makes one module; relative to the package. */
  readonly source: string;
  readonly kernel: ModuleKernel;
  readonly borrowed?: BorrowedSource;
  readonly arch: KernelArchitecture;
  /** Debian's version of the kernel that the module will be loaded into; the newest without it. */
  readonly version?: string;
  readonly refresh?: boolean;
  readonly cache?: string;
  readonly report?: (line: string) => void;
}

export interface BuiltModule {
  readonly ko: string;
  /** `uname -r` of the kernel it is for. */
  readonly release: string;
  /** Debian's version of that kernel. */
  readonly version: string;
}

const SCRATCH = 'build';
/** Longest that a build may take; the module of this project takes 3 s. */
const BUILD_TIMEOUT_MS = 300_000;
/** Counts as a source: what is done to the sources below. */
const RECIPE = 'KCFLAGS=-Werror strip --strip-debug';

/** The name of the module, from the line `obj-m := NAME.o` of its Kbuild file. */
export function builtName(kbuild: string): string {
  const name = /^obj-m\s*[:+]?=\s*(\S+)\.o\s*$/m.exec(kbuild)?.[1];
  if (name === undefined) throw new Error('the Kbuild file has no line "obj-m := NAME.o"');
  return name;
}

/** Paths of the files that make up the module, in a fixed order. */
function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter(name => /(^|\/)Kbuild$|\.[ch]$/.test(name) && !/\.mod\.c$/.test(name))
    .sort();
}

/** One call of a program of the unpacked packages; resolves when it ends with status 0, else rejects with its words. */
function call(root: string, program: string, args: readonly string[]): Promise<void> {
  const folders = PROGRAM_FOLDERS.slice(0, 2).map(folder => join(root, folder));
  // Nothing of the caller's environment that a makefile of the kernel would heed (ARCH, CROSS_COMPILE, MAKEFLAGS).
  const env = { PATH: [...folders, process.env.PATH].join(':'), LC_ALL: 'C', HOME: '/nonexistent' };
  return new Promise((done, fail) => {
    const options = { env, timeout: BUILD_TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 };
    execFile(join(root, 'usr/bin', program), [...args], options, (error, stdout, stderr) =>
      error === null ? done() : fail(new Error(`${stdout}${stderr}` || error.message)),
    );
  });
}

async function compile(
  folder: string,
  files: ReadonlyMap<string, string>,
  headers: KernelHeaders,
  work: string,
  words: readonly string[],
) {
  for (const [name, path] of files) cpSync(path, join(work, name));
  const module = `${builtName(readFileSync(join(folder, 'Kbuild'), 'utf8'))}.ko`;
  try {
    await call(headers.root, 'make', [
      '-C',
      headers.build,
      `M=${work}`,
      'KCFLAGS=-Werror',
      ...words,
      'modules',
    ]);
  } catch (error) {
    const lines = (error as Error).message.split('\n');
    const first = lines.find(line => /\berror\b/i.test(line)) ?? lines.find(line => line !== '') ?? '';
    throw new QemuError(
      'no-module',
      `${folder} does not compile for ${headers.release}: ${first.replace(`${work}/`, '').trim()}`,
      lines,
    );
  }
  return module;
}

/** The module for one kernel, compiled by the compiler of that kernel. A cached one takes neither network nor time. */
export async function buildModule(options: ModuleOptions): Promise<BuiltModule> {
  const { kernel, arch, cache = cacheRoot(), report = () => {}, source: _, borrowed, ...rest } = options;
  const folder = resolve(packageRoot(), options.source);
  const files = new Map(sources(folder).map(each => [each, join(folder, each)]));
  const name = builtName(readFileSync(join(folder, 'Kbuild'), 'utf8'));
  const wanted = packages[arch][kernel];
  if (wanted === undefined) throw new Error(`there are no headers of ${kernel} for ${arch}`);
  const headers = await fetchKernelHeaders({ ...rest, cache, report, package: wanted, architecture: arch });
  const hash = createHash('sha256').update(`${RECIPE}\0${arch}\0${headers.version}\0`);
  if (borrowed) {
    const root = await fetchSource({ ...borrowed, shelf: `source-${name}`, cache });
    for (const path of borrowed.paths) files.set(basename(path), join(root, path));
  }
  for (const [each, path] of files) hash.update(`${each}\0`).update(readFileSync(path)).update('\0');

  const shelf = join(cache, 'kernel-modules');
  const final = join(shelf, `${name}-${headers.release}-${hash.digest('hex').slice(0, 16)}`);
  const built = { ko: join(final, `${name}.ko`), release: headers.release, version: headers.version };
  if (existsSync(built.ko)) return built;
  report(`compiling ${name} for ${headers.release}`);
  removeStaleScratch(shelf, SCRATCH);
  const scratch = makeScratch(shelf, SCRATCH);
  try {
    const [work, made] = [join(scratch.path, 'work'), join(scratch.path, 'made')];
    for (const directory of [work, made]) mkdirSync(directory, { recursive: true });
    const module = await compile(folder, files, headers, work, CROSS[arch].words);
    // Debug information is nine tenths of it; what the kernel's own BTF needs stays.
    await call(headers.root, `${CROSS[arch].prefix}strip`, [
      '--strip-debug',
      '-o',
      join(made, module),
      join(work, module),
    ]);
    publishDirectory(made, final);
    return built;
  } finally {
    scratch.remove();
  }
}
