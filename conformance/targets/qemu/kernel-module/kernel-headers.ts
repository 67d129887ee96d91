/** A kernel's headers with the compiler they were made for, from the machine's apt mirror, in the user's cache. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { findMirror, openPrivateApt, sortVersions } from '../apt.ts';
import type { KernelArchitecture } from '../architecture.ts';
import { cacheRoot, makeScratch, publishDirectory, publishLink, removeStaleScratch } from '../cache.ts';
import { QemuError } from '../errors.ts';
import { requireTools, runTool } from '../tools.ts';
import { useOwnLoader } from './own-loader.ts';

/** The programs of a build run on this computer, whatever its module is for. */
const HOST: KernelArchitecture = 'amd64';
/** What a build takes besides the headers and what they depend on (the compiler, pahole). */
const MORE = ['binutils', 'make'] as const;
const SCRATCH = 'fetch';
/** About 80 MB. */
const DOWNLOAD_TIMEOUT_MS = 1_200_000;

export interface HeadersOptions {
  /** Metapackage, as linux-headers-6.12-amd64. */
  readonly package: string;
  readonly architecture: KernelArchitecture;
  /** Debian's version of the kernel that the module is for; the newest without it. */
  readonly version?: string;
  /** Ask the mirror for a newer one even if the cache holds some. */
  readonly refresh?: boolean;
  readonly cache?: string;
  /** Progress, one line at a time, for a person to read. */
  readonly report?: (line: string) => void;
}

/** Where `make` builds modules for one kernel. */
export interface KernelHeaders {
  readonly version: string;
  /** `uname -r` */
  readonly release: string;
  /** The unpacked packages. */
  readonly root: string;
  /** The folder that `make -C` takes. */
  readonly build: string;
}

/** `headers.json`, written last. The programs know where they lie, so a tree that was moved is none. */
interface Manifest {
  readonly version: string;
  readonly release: string;
  readonly root: string;
}

function readCached(directory: string): KernelHeaders | undefined {
  try {
    const at = realpathSync(directory);
    const { version, release, root } = JSON.parse(readFileSync(join(at, 'headers.json'), 'utf8')) as Manifest;
    const build = join(root, 'usr/src', `linux-headers-${release}`);
    return root === at && existsSync(join(build, '.config')) ? { version, release, root, build } : undefined;
  } catch {
    return undefined;
  }
}

/** The suite a version comes from, without what is only an addition to it (-security, -updates, -backports). */
export function baseSuite(madison: string, version: string): string | undefined {
  for (const line of madison.split('\n')) {
    const [, found = '', source = ''] = line.split('|').map(field => field.trim());
    const suite = /\s([^\s/]+)\/main\s/.exec(source)?.[1];
    if (found === version && suite !== undefined) return suite.replace(/-(security|updates|backports)$/, '');
  }
  return undefined;
}

/** The sources of one release alone: in a mixture apt would take libraries of one and programs of another. */
export function onlySuite(sources: string, base: string): string {
  const isOurs = (line: string) => {
    const suite = line.split(' ').at(-2) ?? '';
    return suite === base || suite.startsWith(`${base}-`);
  };
  return sources
    .split('\n')
    .filter(isOurs)
    .map(line => `${line}\n`)
    .join('');
}

/** `NAME=VERSION` of everything that installing would take, from what a simulation prints; without kernel images. */
export function simulated(text: string): { name: string; version: string }[] {
  return [...text.matchAll(/^Inst (\S+) (?:\[\S*\] )?\((\S+) /gm)]
    .map(([, name, version]) => ({ name: name!, version: version! }))
    .filter(({ name }) => !name.startsWith('linux-image-'));
}

/** The folder of the headers says the release; its makefile names places below /usr/src, where they do not lie. */
function relocate(made: string, final: string): string {
  const source = join(made, 'usr/src');
  const name = readdirSync(source).find(each => existsSync(join(source, each, '.config')));
  if (name === undefined) throw new Error('the packages hold no configured kernel headers');
  const makefile = join(source, name, 'Makefile');
  writeFileSync(makefile, readFileSync(makefile, 'utf8').replaceAll('/usr/src/', `${final}/usr/src/`));
  return name.replace(/^linux-headers-/, '');
}

async function fetchFromMirror(shelf: string, options: HeadersOptions): Promise<KernelHeaders> {
  const { package: plain, architecture, report = () => {} } = options;
  // The headers of another architecture bring a compiler in that makes its code here.
  const foreign = architecture === HOST ? undefined : architecture;
  const name = foreign === undefined ? plain : `${plain}:${foreign}`;
  requireTools(['apt-get', 'apt-cache', 'dpkg'], 'Fetching kernel headers');
  mkdirSync(shelf, { recursive: true });
  removeStaleScratch(shelf, SCRATCH);
  const scratch = makeScratch(shelf, SCRATCH);
  const at = (path: string) => join(scratch.path, path);
  try {
    report('reading the package index of the apt mirror');
    const apt = await openPrivateApt(await findMirror(), at('apt'), HOST, foreign);
    const conf = ['-c', at('apt/apt.conf')];
    const madison = (await runTool('apt-cache', [...conf, 'madison', name])).stdout.toString('utf8');
    const offered = await sortVersions([...madison.matchAll(/\|\s*(\S+)\s*\|/g)].map(match => match[1]!));
    const version = options.version ?? offered[0];
    const base = version === undefined ? undefined : baseSuite(madison, version);
    if (version === undefined || base === undefined) {
      const because = apt.complaint === '' ? '' : `; not all suites could be read: ${apt.complaint}`;
      throw new QemuError(
        'no-module',
        `The apt mirror of this computer offers no ${name} ${version ?? ''} (it has ${offered.join(', ') || 'none'}${because}); fetch the kernel again, so that both are of the same version.`,
      );
    }
    const final = join(shelf, version);
    const cached = readCached(final);
    if (cached === undefined) {
      writeFileSync(at('sources.list'), onlySuite(readFileSync(at('apt/sources.list'), 'utf8'), base));
      const own = [
        '-o',
        `Dir::Etc::SourceList=${at('sources.list')}`,
        '-o',
        `Dir::Cache::pkgcache=${at('pkgcache.bin')}`,
      ];
      const install = ['-o', 'APT::Install-Recommends=false', 'install', '-s', `${name}=${version}`, ...MORE];
      const { stdout } = await runTool('apt-get', [...conf, ...own, ...install]);
      const wanted = simulated(stdout.toString('utf8'));
      report(`fetching ${name} ${version} and its compiler (${wanted.length} packages)`);
      mkdirSync(at('debs'));
      const names = wanted.map(each => `${each.name}=${each.version}`);
      await runTool('apt-get', [...conf, ...own, '-q', 'download', ...names], {
        cwd: at('debs'),
        timeoutMs: DOWNLOAD_TIMEOUT_MS,
      });
      for (const deb of readdirSync(at('debs'))) await runTool('dpkg', ['-x', at(`debs/${deb}`), at('root')]);
      useOwnLoader(at('root'), final);
      const release = relocate(at('root'), final);
      const manifest: Manifest = { version, release, root: final };
      writeFileSync(at('root/headers.json'), `${JSON.stringify(manifest, null, 2)}\n`);
      rmSync(final, { recursive: true, force: true });
      publishDirectory(at('root'), final);
    }
    if (version === offered[0]) publishLink(version, join(shelf, 'newest'));
    return readCached(final)!;
  } finally {
    scratch.remove();
  }
}

/** Network and apt are asked only when the cache does not hold the version, or for `refresh`. */
export async function fetchKernelHeaders(options: HeadersOptions): Promise<KernelHeaders> {
  const root = options.cache ?? cacheRoot();
  mkdirSync(root, { recursive: true });
  // The real place: programs are called by it, and it is compared with the one on record.
  const shelf = join(realpathSync(root), 'kernel-headers', options.package);
  const cached = options.refresh ? undefined : readCached(join(shelf, options.version ?? 'newest'));
  return cached ?? (await fetchFromMirror(shelf, options));
}
