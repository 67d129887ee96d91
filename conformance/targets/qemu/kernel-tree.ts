import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Lookup } from './load-order.ts';
import { type ModuleInfo, moduleName, readModuleInfo } from './modinfo.ts';
import { requireTools, runTool } from './tools.ts';

const MODULE_FILE = /\.ko(\.xz|\.gz|\.zst)?$/;

/** A module file, decompressed. */
export interface ModuleFile {
  readonly name: string;
  readonly path: string;
  readonly data: Uint8Array;
  readonly info: ModuleInfo;
}

/** Reads a module file as the distribution ships it: plain, or compressed by xz, gzip or zstd. */
export async function readModule(path: string): Promise<ModuleFile> {
  let data: Uint8Array;
  if (path.endsWith('.xz') || path.endsWith('.zst')) {
    const tool = path.endsWith('.xz') ? 'xz' : 'zstd';
    requireTools([tool], `Reading ${path}`);
    data = (await runTool(tool, ['-dc', path])).stdout;
  } else {
    const raw = await readFile(path);
    data = path.endsWith('.gz') ? gunzipSync(raw) : raw;
  }
  try {
    const info = readModuleInfo(data);
    return { name: info.name || moduleName(basename(path).replace(MODULE_FILE, '')), path, data, info };
  } catch (error) {
    throw new Error(`${path} is not a kernel module: ${(error as Error).message}`);
  }
}

/** Module name to path for every module file below `directory`. */
export function indexModules(directory: string): Map<string, string> {
  const index = new Map<string, string>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!MODULE_FILE.test(entry.name)) continue;
    index.set(moduleName(entry.name.replace(MODULE_FILE, '')), join(entry.parentPath, entry.name));
  }
  return index;
}

/** Names of the modules that are part of the kernel image, from `modules.builtin` (lines like `kernel/fs/x.ko`). */
export function builtinModules(directory: string): Set<string> {
  const list = join(directory, 'modules.builtin');
  if (!existsSync(list)) return new Set();
  const paths = readFileSync(list, 'utf8').split('\n');
  return new Set(
    paths.filter(path => path !== '').map(path => moduleName(basename(path).replace(/\.ko$/, ''))),
  );
}

/** The modules of one kernel, found by name. `files` come before what the directory holds. */
export interface ModuleSet {
  lookup(name: string): Promise<Lookup>;
  /** Contents of a module that `lookup` found. */
  file(name: string): ModuleFile;
}

export function openModules(directory: string | undefined, files: readonly ModuleFile[]): ModuleSet {
  const index = directory === undefined ? new Map<string, string>() : indexModules(directory);
  const builtin = directory === undefined ? new Set<string>() : builtinModules(directory);
  const read = new Map(files.map(file => [file.name, file]));
  return {
    async lookup(name) {
      let file = read.get(name);
      const path = index.get(name);
      if (file === undefined && path !== undefined) {
        file = await readModule(path);
        read.set(name, file);
      }
      if (file !== undefined) return { found: 'file', ...file.info };
      return { found: builtin.has(name) ? 'builtin' : 'nothing' };
    },
    file(name) {
      return read.get(name)!;
    },
  };
}

/** Where an unpacked kernel package keeps its image and modules. */
export interface KernelTree {
  readonly release: string;
  readonly vmlinuz: string;
  readonly modules: string;
}

/**
 * Finds the kernel in an unpacked package: from 7.x on `usr/lib/modules/V/vmlinuz`, before that `boot/vmlinuz-V`
 * with `lib/modules/V`.
 */
export function findKernelTree(root: string): KernelTree | undefined {
  for (const parent of ['usr/lib/modules', 'lib/modules']) {
    const directory = join(root, parent);
    for (const release of existsSync(directory) ? readdirSync(directory).sort() : []) {
      const modules = join(directory, release);
      const images = [join(modules, 'vmlinuz'), join(root, 'boot', `vmlinuz-${release}`)];
      const vmlinuz = images.find(image => existsSync(image));
      if (vmlinuz !== undefined && existsSync(join(modules, 'kernel'))) return { release, vmlinuz, modules };
    }
  }
  return undefined;
}
