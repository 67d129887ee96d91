/** What the doctor asks of the machine it runs on; tests answer in its place. */
import { execFile } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { arch, release } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import {
  cachedKernel,
  cacheRoot,
  chooseMirror,
  type FetchOptions,
  INDEX_TARGETS,
  type StockKernel,
} from '../targets/qemu/index.ts';

export interface Probes {
  readonly nodeVersion: string;
  readonly release: string;
  readonly architecture: string;
  readonly uid: number;
  /** The C compiler that the user chose, or the usual one. */
  readonly compiler: string;
  /** Whether PATH has the program, or it is the path of one. */
  hasProgram(name: string): boolean;
  /** Names in a directory, sorted; none when it cannot be read. */
  names(directory: string): readonly string[];
  /** Last part of what a symbolic link points to. */
  linkName(path: string): string | undefined;
  /** Why a path may not be opened for reading and writing, as an errno's name; empty when it may. */
  cannotOpen(path: string): string;
  /** Name of the group that a path belongs to, when its members may read and write it. */
  openGroup(path: string): string | undefined;
  /** Whether the compiler has the library that a static program takes. */
  linksStatic(compiler: string): Promise<boolean>;
  /** Suites of the apt mirror that kernels are fetched from; undefined without one. */
  suites(): Promise<readonly string[] | undefined>;
  cachedKernel(options: FetchOptions): StockKernel | undefined;
  /** Whether a module of ours has been compiled for a kernel. */
  hasModule(name: string, release: string): boolean;
}

/** Both programs answer from local files at once. */
const TIMEOUT_MS = 10_000;

function output(command: string, words: readonly string[]): Promise<string | undefined> {
  return new Promise(resolve => {
    const options = { timeout: TIMEOUT_MS, env: { ...process.env, LC_ALL: 'C' } };
    execFile(command, [...words], options, (error, stdout) => resolve(error ? undefined : stdout));
  });
}

function attempt<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}

const isProgram = (path: string): boolean =>
  attempt(() => {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  }) ?? false;

function cannotOpen(path: string): string {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

function openGroup(path: string): string | undefined {
  const found = attempt(() => statSync(path));
  if (!found || (found.mode & 0o060) !== 0o060 || found.gid === 0) return undefined;
  const lines = attempt(() => readFileSync('/etc/group', 'utf8'))?.split('\n') ?? [];
  return lines.map(line => line.split(':')).find(([, , gid]) => Number(gid) === found.gid)?.[0];
}

/** The machine itself. Nothing is opened, started for long, or fetched. */
export function machineProbes(): Probes {
  const names = (directory: string) => attempt(() => readdirSync(directory).sort()) ?? [];
  return {
    nodeVersion: process.versions.node,
    release: release(),
    architecture: arch(),
    uid: process.getuid?.() ?? -1,
    compiler: process.env.CC || 'cc',
    hasProgram: name =>
      name.includes('/')
        ? isProgram(name)
        : (process.env.PATH ?? '').split(delimiter).some(folder => folder && isProgram(join(folder, name))),
    names,
    linkName: path => attempt(() => basename(readlinkSync(path))),
    cannotOpen,
    openGroup,
    // A compiler that has no such file answers with the bare name.
    linksStatic: async compiler =>
      (await output(compiler, ['-print-file-name=libc.a']))?.trim().includes('/') ?? false,
    suites: async () => chooseMirror((await output('apt-get', INDEX_TARGETS)) ?? '')?.suites,
    cachedKernel,
    hasModule: (name, kernel) =>
      names(join(cacheRoot(), 'kernel-modules')).some(each => each.startsWith(`${name}-${kernel}-`)),
  };
}
