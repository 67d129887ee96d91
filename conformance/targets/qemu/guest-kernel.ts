import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Architecture } from './architecture.ts';
import { QemuError } from './errors.ts';
import { fetchKernel } from './kernel.ts';
import { buildModule } from './kernel-module/build-module.ts';
import { type ModuleFile, openModules, readModule } from './kernel-tree.ts';
import { loadOrder, MissingModule } from './load-order.ts';
import type { OwnModule } from './machine.ts';

/** The user's own kernel, wholly or in part. */
export interface KernelOptions {
  /** Kernel image (`vmlinuz`, `Image`); without it the stock kernel is fetched. */
  readonly kernel?: string;
  /**
   * Module files (`.ko`, also compressed), which take the place of those of the same name, and at most one directory
   * that holds the other modules. Without a directory they come from beside a packaged kernel, or from the stock one.
   */
  readonly modules?: readonly string[];
  readonly refresh?: boolean;
  readonly cache?: string;
  readonly report?: (line: string) => void;
}

/** What a run says about a module that was loaded. */
export interface ModuleIdentity {
  readonly name: string;
  /** Of the uncompressed file, in hexadecimal. */
  readonly sha256: string;
  /** Given by the user, rather than part of the kernel's own package or directory. */
  readonly own: boolean;
}

export interface GuestKernel {
  /** Where it comes from, in words: a Debian package with its version, or a path. */
  readonly origin: string;
  readonly vmlinuz: string;
  /** In the order of loading; empty when all is built in. */
  readonly modules: readonly ModuleFile[];
  readonly identities: readonly ModuleIdentity[];
}

function mustExist(path: string, what: string): void {
  if (existsSync(path)) return;
  throw new QemuError('no-kernel', `There is no ${what} ${path}: give the path of an existing one.`);
}

/** Anything else QEMU would load as raw code, and then wait for it to do something. */
function checkImage(path: string, { images, image }: Architecture): void {
  mustExist(path, 'kernel image');
  const head = Buffer.alloc(1024);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  if (images.some(({ offset, bytes }) => bytes.every((byte, index) => head[offset + index] === byte))) return;
  throw new QemuError('no-kernel', `${path} is not an ${image}.`);
}

/** Splits what the user named into one directory at most, and files that are read. */
async function readGiven(paths: readonly string[]): Promise<{ directory?: string; files: ModuleFile[] }> {
  for (const path of paths) mustExist(path, 'module');
  const directories = paths.filter(path => statSync(path).isDirectory());
  if (directories.length > 1) {
    throw new QemuError(
      'no-module',
      `Only one directory of modules can be used, not ${directories.join(' and ')}.`,
    );
  }
  const files: ModuleFile[] = [];
  for (const path of paths.filter(path => !directories.includes(path))) {
    try {
      files.push(await readModule(path));
    } catch (error) {
      if (error instanceof QemuError) throw error;
      throw new QemuError('no-module', `The module cannot be used: ${(error as Error).message}.`);
    }
  }
  return { directory: directories[0], files };
}

/** A packaged kernel of 7.x lies among its modules. */
function modulesBeside(kernel: string): string | undefined {
  const directory = dirname(kernel);
  return existsSync(join(directory, 'kernel')) && existsSync(join(directory, 'modules.builtin'))
    ? directory
    : undefined;
}

/**
 * Finds the kernel and the modules that the guest will run, with everything they depend on. `wanted` are the names
 * of the machine's modules; `built` is made for a stock kernel, unless the user gave one of that name. Throws a QemuError: `no-kernel`, `no-module` or `no-tool`.
 */
export async function findGuestKernel(
  architecture: Architecture,
  wanted: readonly string[],
  options: KernelOptions,
  image?: string,
  built?: OwnModule,
): Promise<GuestKernel> {
  const { kernel, modules = [], ...fetching } = options;
  const given = await readGiven(modules);
  let [vmlinuz, origin, directory] = [kernel, kernel, given.directory];
  if (vmlinuz === undefined) {
    const stock = await fetchKernel({
      architecture: architecture.name,
      wanted,
      ...(image === undefined ? {} : { image }),
      ...fetching,
    });
    vmlinuz = stock.vmlinuz;
    origin = `Debian ${stock.package} ${stock.version}`;
    directory ??= stock.modules;
    if (built && !given.files.some(({ name }) => name === built.name)) {
      const { ko } = await buildModule({
        ...built,
        ...fetching,
        arch: architecture.name,
        version: stock.version,
      });
      given.files.push(await readModule(ko));
    }
  } else {
    checkImage(vmlinuz, architecture);
    directory ??= modulesBeside(vmlinuz);
  }
  const set = openModules(directory, given.files);
  // A kernel of the user's without any modules may have them built in: then the node shows whether it does.
  const allBuiltin = directory === undefined && given.files.length === 0;
  const own = built ? [built.name] : [];
  const asked = allBuiltin ? [] : [...new Set([...wanted, ...own, ...given.files.map(({ name }) => name)])];
  const order = await loadOrder(asked, set.lookup).catch((error: unknown) => {
    if (!(error instanceof MissingModule)) throw error;
    const where = directory ?? 'the files given with --module';
    throw new QemuError(
      'no-module',
      `There is ${error.message} in ${where}: give it, or the directory that holds it, with --module.`,
    );
  });
  const loaded = order.map(name => set.file(name));
  return {
    origin: origin!,
    vmlinuz,
    modules: loaded,
    identities: loaded.map(file => ({
      name: file.name,
      sha256: createHash('sha256').update(file.data).digest('hex'),
      own: given.files.includes(file),
    })),
  };
}
