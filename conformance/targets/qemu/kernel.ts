import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { findMirror, openPrivateApt, type PrivateApt, sortVersions } from './apt.ts';
import { architectures, type KernelArchitecture } from './architecture.ts';
import { cacheRoot, makeScratch, publishDirectory, publishLink, removeStaleScratch } from './cache.ts';
import { QemuError } from './errors.ts';
import { findKernelTree, openModules } from './kernel-tree.ts';
import { loadOrder, MissingModule } from './load-order.ts';
import { allMachines } from './machine.ts';
import { exactClosure, type PackageRecord } from './packages.ts';
import { requireTools, runTool, type Tool, ToolFailure } from './tools.ts';

/** Programs that fetching takes; a cached kernel needs none of them. */
export const FETCH_TOOLS: readonly Tool[] = ['apt-get', 'apt-cache', 'dpkg', 'xz'];

export interface FetchOptions {
  readonly architecture: KernelArchitecture;
  /** Metapackage of the kernel; the newest of the architecture without it. */
  readonly image?: string;
  /** Modules that must be there; what they depend on comes along. */
  readonly wanted: readonly string[];
  /** Ask the mirror for a newer one even if the cache holds a kernel. */
  readonly refresh?: boolean;
  readonly cache?: string;
  /** Progress, one line at a time, for a person to read. */
  readonly report?: (line: string) => void;
}

/** A stock kernel in the cache. `modules` is a directory of plain `.ko` files with a `modules.builtin`. */
export interface StockKernel {
  readonly package: string;
  readonly version: string;
  /** `uname -r` */
  readonly release: string;
  readonly vmlinuz: string;
  readonly modules: string;
}

/** `kernel.json`, written last: a directory without it is not a kernel. */
interface Manifest {
  readonly package: string;
  readonly version: string;
  readonly release: string;
  /** What it was unpacked from, with the hashes that the signed index gave. */
  readonly packages: readonly { readonly name: string; readonly version: string; readonly sha256: string }[];
}

const SCRATCH = 'fetch';

/** The modules of the collection's drivers that Debian ships: their types are compared with the layouts. */
export const DRIVER_MODULES: Readonly<Record<KernelArchitecture, readonly string[]>> = {
  amd64: ['amdxdna', 'habanalabs', 'intel_vpu', 'vgem'],
  arm64: ['ethosu', 'vgem'],
};

/**
 * Modules that are kept of a kernel, where it has them: those of every machine and of the drivers, so that all checks
 * share one download.
 */
function kept(architecture: KernelArchitecture): string[] {
  const own = allMachines.filter(machine => machine.architecture === architecture);
  const { transport } = architectures[architecture];
  return [...transport, ...own.flatMap(({ modules }) => modules), ...DRIVER_MODULES[architecture]];
}

/** Whether a folder of a fetched kernel has a module, or the kernel itself. */
function has(modules: string, name: string): boolean {
  if (existsSync(join(modules, `${name}.ko`))) return true;
  const builtin = join(modules, 'modules.builtin');
  return (
    existsSync(builtin) &&
    readFileSync(builtin, 'utf8')
      .split('\n')
      .some(line => basename(line, '.ko').replaceAll('-', '_') === name)
  );
}

function readCached(directory: string, wanted: readonly string[]): StockKernel | undefined {
  try {
    const at = realpathSync(directory);
    const {
      package: name,
      version,
      release,
    } = JSON.parse(readFileSync(join(at, 'kernel.json'), 'utf8')) as Manifest;
    const [vmlinuz, modules] = [join(at, 'vmlinuz'), join(at, 'modules')];
    return existsSync(vmlinuz) && wanted.every(module => has(modules, module))
      ? { package: name, version, release, vmlinuz, modules }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Downloads, checks and unpacks one version below `work`, keeps what is needed in `made`; false: a module is missing. */
async function unpack(
  apt: PrivateApt,
  image: PackageRecord,
  { wanted, architecture }: FetchOptions,
  work: string,
  made: string,
  report: (line: string) => void,
): Promise<boolean> {
  const closure = await exactClosure(image, names => apt.show(names));
  const megabytes = Math.ceil(closure.reduce((sum, { size }) => sum + size, 0) / 1e6);
  report(`fetching ${image.name} ${image.version} (${megabytes} MB)`);
  const [debs, root] = [join(work, 'debs'), join(work, 'root')];
  for (const directory of [debs, root, join(made, 'modules')]) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
  }
  await apt.download(closure, debs);
  for (const deb of readdirSync(debs)) await runTool('dpkg', ['-x', join(debs, deb), root]);
  const tree = findKernelTree(root);
  if (tree === undefined) return false;
  const modules = openModules(tree.modules, []);
  const order = new Set<string>();
  for (const name of new Set([...wanted, ...kept(architecture)])) {
    try {
      for (const each of await loadOrder([name], modules.lookup)) order.add(each);
    } catch (error) {
      if (!(error instanceof MissingModule)) throw error;
      if (wanted.includes(name)) return false;
    }
  }
  for (const name of order) writeFileSync(join(made, 'modules', `${name}.ko`), modules.file(name).data);
  copyFileSync(join(tree.modules, 'modules.builtin'), join(made, 'modules', 'modules.builtin'));
  copyFileSync(tree.vmlinuz, join(made, 'vmlinuz'));
  const manifest: Manifest = {
    package: image.name,
    version: image.version,
    release: tree.release,
    packages: closure.map(({ name, version, sha256 }) => ({ name, version, sha256 })),
  };
  writeFileSync(join(made, 'kernel.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return true;
}

/** Why nothing could be used, and what to do. */
function noKernel(
  name: string,
  wanted: readonly string[],
  seen: readonly string[],
  complaint: string,
): string {
  const own = 'give a kernel image and its modules (--kernel, --module)';
  if (seen.length > 0) {
    const because = complaint === '' ? '' : `; not all suites could be read: ${complaint}`;
    return `No ${name} of the apt mirror has the module ${wanted.join(', ')} (seen: ${seen.join(', ')}${because}): ${own}.`;
  }
  if (complaint === '') return `The apt mirror of this computer offers no ${name}: ${own}.`;
  return `The apt mirror of this computer could not be read (${complaint}): check the network, or ${own}.`;
}

async function fetchNewest(shelf: string, options: FetchOptions): Promise<StockKernel> {
  const { architecture, wanted, report = () => {} } = options;
  requireTools(FETCH_TOOLS, 'Fetching a kernel');
  removeStaleScratch(shelf, SCRATCH);
  const scratch = makeScratch(shelf, SCRATCH);
  try {
    const mirror = await findMirror();
    report('reading the package index of the apt mirror');
    const apt = await openPrivateApt(mirror, join(scratch.path, 'apt'), architecture);
    const name = options.image ?? `linux-image-${architecture}`;
    const images = await apt.show([name]).catch((error: unknown) => {
      if (error instanceof ToolFailure) return [];
      throw error;
    });
    const newest = await sortVersions(images.map(({ version }) => version));
    for (const version of newest) {
      const made = join(scratch.path, 'made');
      let place = version;
      // One that lacks a module stays: a machine may be starting from it.
      for (let more = 2; existsSync(join(shelf, place)) && !readCached(join(shelf, place), wanted); more += 1)
        place = `${version}.${more}`;
      const final = join(shelf, place);
      if (readCached(final, wanted) === undefined) {
        const image = images.find(record => record.version === version)!;
        if (!(await unpack(apt, image, options, join(scratch.path, 'work'), made, report))) continue;
        publishDirectory(made, final);
      }
      publishLink(place, join(shelf, 'newest'));
      return readCached(final, wanted)!;
    }
    throw new QemuError('no-kernel', noKernel(name, wanted, newest, apt.complaint));
  } finally {
    scratch.remove();
  }
}

/** Where the versions of a kernel lie. */
function shelfOf(options: FetchOptions): string {
  return join(
    options.cache ?? cacheRoot(),
    'kernels',
    options.architecture,
    options.image ?? 'newest-of-all',
  );
}

/** The kernel that is used without asking network or apt, if the cache holds one. */
export function cachedKernel(options: FetchOptions): StockKernel | undefined {
  return readCached(join(shelfOf(options), 'newest'), options.wanted);
}

const underWay = new Map<string, Promise<StockKernel>>();

/**
 * The newest stock kernel of the machine's own apt mirror that has the wanted modules. Network and apt are asked
 * only when the cache holds none, or for `refresh`. Throws a QemuError `no-kernel` or `no-tool`.
 */
export async function fetchKernel(options: FetchOptions): Promise<StockKernel> {
  const shelf = shelfOf(options);
  // Two machines that start at the same time may want the same kernel.
  await underWay.get(shelf)?.catch(() => {});
  const cached = options.refresh ? undefined : readCached(join(shelf, 'newest'), options.wanted);
  if (cached !== undefined) return cached;
  const fetching = fetchNewest(shelf, options);
  underWay.set(shelf, fetching);
  try {
    return await fetching;
  } catch (error) {
    if (error instanceof QemuError) throw error;
    const why = (error as Error).message;
    throw new QemuError(
      'no-kernel',
      `No kernel could be fetched with apt (${why}): try again, or give one with --kernel and --module.`,
    );
  }
}
