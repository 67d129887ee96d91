/** Parts of a kernel's source package, from the machine's apt mirror, unpacked in the user's cache. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findMirror, openPrivateApt, sortVersions } from './apt.ts';
import { cacheRoot, makeScratch, publishDirectory, removeStaleScratch } from './cache.ts';
import { requireTools, runTool } from './tools.ts';

/** The whole archive has to be read for a few files of it: half a minute, more on a busy machine. */
const UNPACK_MS = 600_000;

export interface SourceParts {
  /** For example linux-source-7.3; the archive in it is named so too. */
  readonly package: string;
  /** Files and folders below the kernel's root. */
  readonly paths: readonly string[];
  /** Folder of the cache; what is there with all paths is taken as it is. */
  readonly shelf: string;
  readonly cache?: string;
}

/** The folder that holds the paths as the kernel's tree does. */
export async function fetchSource({
  package: name,
  paths,
  shelf,
  cache = cacheRoot(),
}: SourceParts): Promise<string> {
  const final = join(cache, shelf);
  if (paths.every(path => existsSync(join(final, path)))) return final;
  requireTools(['apt-get', 'apt-cache', 'dpkg', 'xz'], 'Fetching kernel source');
  mkdirSync(cache, { recursive: true });
  removeStaleScratch(cache, shelf);
  const scratch = makeScratch(cache, shelf);
  try {
    const apt = await openPrivateApt(await findMirror(), join(scratch.path, 'apt'), 'amd64');
    const [version] = await sortVersions((await apt.show([name])).map(each => each.version));
    if (version === undefined) throw new Error(`the apt mirror of this computer offers no ${name}`);
    const [debs, root] = [join(scratch.path, 'debs'), join(scratch.path, 'root')];
    mkdirSync(debs);
    await apt.download([{ name, version }], debs);
    for (const deb of readdirSync(debs)) await runTool('dpkg', ['-x', join(debs, deb), root]);
    const archive = join(root, 'usr/src', `${name}.tar.xz`);
    const made = join(scratch.path, 'made');
    mkdirSync(made);
    const words = [
      '-C',
      made,
      '--strip-components=1',
      '-xf',
      archive,
      ...paths.map(path => `${name}/${path}`),
    ];
    const { status, stderr } = spawnSync('tar', words, { encoding: 'utf8', timeout: UNPACK_MS });
    if (status !== 0) throw new Error(`tar could not unpack ${paths.join(', ')} (${stderr.trim()})`);
    // What is there lacks a path that was added since.
    rmSync(final, { recursive: true, force: true });
    publishDirectory(made, final);
    return final;
  } finally {
    scratch.remove();
  }
}
