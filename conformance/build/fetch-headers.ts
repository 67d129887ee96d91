/** Kernel headers from the machine's apt mirror, unpacked in the user's cache. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  cacheRoot,
  type ExactDependency,
  exactClosure,
  findMirror,
  makeScratch,
  openPrivateApt,
  type PrivateApt,
  publishDirectory,
  removeStaleScratch,
  requireTools,
  runTool,
  sortVersions,
} from '../targets/qemu/index.ts';

const PACKAGE = 'linux-libc-dev';
/** Leads to the package that has the headers of the kernel's tree, `include/uapi` among them. */
const TREE_PACKAGE = 'linux-headers-amd64';
const SCRATCH = 'headers';
/** Holds the oldest kernel that the facts look at; not a suite of every machine. */
const OLDER_SUITES = ['bookworm'];

export interface Headers {
  /** The folder that holds drm/ and asm-generic/. */
  readonly include: string;
  readonly package: string;
  readonly version: string;
}

const shelf = (): string => join(cacheRoot(), 'headers');
const unpacked = (version: string): Headers => ({
  include: join(shelf(), version, 'usr/include'),
  package: PACKAGE,
  version,
});

/** Runs `work` with an apt that knows the newer suites and the older ones, and a folder that goes afterwards. */
async function withApt<T>(work: (apt: PrivateApt, folder: string) => Promise<T>): Promise<T> {
  requireTools(['apt-get', 'apt-cache', 'dpkg'], 'Fetching kernel headers');
  mkdirSync(shelf(), { recursive: true });
  removeStaleScratch(shelf(), SCRATCH);
  const scratch = makeScratch(shelf(), SCRATCH);
  try {
    const mirror = await findMirror();
    const suites = [...new Set([...mirror.suites, ...OLDER_SUITES])];
    return await work(
      await openPrivateApt({ ...mirror, suites }, join(scratch.path, 'apt'), 'amd64'),
      scratch.path,
    );
  } finally {
    scratch.remove();
  }
}

/** Unpacks a package as `name` on the shelf, unless it is there. */
async function unpack(
  apt: PrivateApt,
  wanted: ExactDependency,
  name: string,
  folder: string,
): Promise<string> {
  const final = join(shelf(), name);
  if (existsSync(final)) return final;
  const [debs, root] = [join(folder, `debs-${name}`), join(folder, `root-${name}`)];
  mkdirSync(debs);
  await apt.download([wanted], debs);
  for (const deb of readdirSync(debs)) await runTool('dpkg', ['-x', join(debs, deb), root]);
  publishDirectory(root, final);
  return final;
}

/** The wanted version when the mirror still has it, else the newest. A cached one is taken without a look at the mirror. */
export async function fetchHeaders(wanted: string): Promise<Headers> {
  if (existsSync(unpacked(wanted).include)) return unpacked(wanted);
  return withApt(async (apt, folder) => {
    const versions = await sortVersions((await apt.show([PACKAGE])).map(({ version }) => version));
    const version = versions.includes(wanted) ? wanted : versions[0];
    if (version === undefined) throw new Error(`the apt mirror of this computer offers no ${PACKAGE}`);
    await unpack(apt, { name: PACKAGE, version }, version, folder);
    return unpacked(version);
  });
}

/** `6.1.192` of `6.1.192-3`: the kernel's own version, without the package's. */
const upstreamOf = (version: string): string => version.replace(/-[^-]*$/, '');

/**
 * The headers of the kernel's tree: Debian 12 leaves drm/ out of linux-libc-dev, since libdrm-dev has a copy. They come
 * from the metapackage, which a security upload may leave a package revision behind; the kernel is the same one then.
 */
async function treeHeaders(apt: PrivateApt, version: string, folder: string): Promise<Headers> {
  const offered = await apt.show([TREE_PACKAGE]);
  const [nearest] = await sortVersions(
    offered.map(each => each.version).filter(each => upstreamOf(each) === upstreamOf(version)),
  );
  const exact = offered.find(each => each.version === version);
  const image = exact ?? offered.find(each => each.version === nearest);
  const closure = image ? await exactClosure(image, names => apt.show(names)) : [];
  const common = closure.find(({ name }) => name.endsWith('-common'));
  if (!common) {
    const others = offered.map(each => each.version).join(', ') || 'none';
    throw new Error(
      `${PACKAGE} ${version} has no drm/ and the apt mirror of this computer offers no ${TREE_PACKAGE} of ${upstreamOf(version)} (it has ${others})`,
    );
  }
  const root = await unpack(apt, common, common.name, folder);
  const include = join(root, 'usr/src', common.name, 'include/uapi');
  return { include, package: common.name, version: common.version };
}

/** The headers of the newest version that the mirror has of each of these releases (`6.12`), and of the newest kernel. */
export async function fetchReleases(
  releases: readonly string[],
): Promise<{ newest: Headers; older: (Headers & { readonly release: string })[] }> {
  return withApt(async (apt, folder) => {
    const versions = await sortVersions((await apt.show([PACKAGE])).map(({ version }) => version));
    const newest = versions[0];
    if (newest === undefined) throw new Error(`the apt mirror of this computer offers no ${PACKAGE}`);
    const older: (Headers & { readonly release: string })[] = [];
    for (const release of releases) {
      const version = versions.find(each => each.startsWith(`${release}.`));
      if (version === undefined) {
        const others = `it has ${versions.join(', ')}`;
        throw new Error(
          `the apt mirror of this computer has no ${PACKAGE} of ${release} (${others}); name others with --releases`,
        );
      }
      await unpack(apt, { name: PACKAGE, version }, version, folder);
      const whole = existsSync(join(unpacked(version).include, 'drm'));
      older.push({ release, ...(whole ? unpacked(version) : await treeHeaders(apt, version, folder)) });
    }
    await unpack(apt, { name: PACKAGE, version: newest }, newest, folder);
    return { newest: unpacked(newest), older };
  });
}
