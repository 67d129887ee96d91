/** The kernel headers of `linux-libc-dev`, from the machine's apt mirror, unpacked in the user's cache. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  cacheRoot,
  findMirror,
  makeScratch,
  openPrivateApt,
  publishDirectory,
  removeStaleScratch,
  requireTools,
  runTool,
  sortVersions,
} from '../targets/qemu/index.ts';

const PACKAGE = 'linux-libc-dev';
const SCRATCH = 'headers';

export interface Headers {
  /** The folder that holds drm/ and asm-generic/. */
  readonly include: string;
  readonly version: string;
}

/** The wanted version when the mirror still has it, else the newest. A cached one is taken without a look at the mirror. */
export async function fetchHeaders(wanted: string): Promise<Headers> {
  const shelf = join(cacheRoot(), 'headers');
  const at = (version: string) => ({ include: join(shelf, version, 'usr/include'), version });
  if (existsSync(at(wanted).include)) return at(wanted);
  requireTools(['apt-get', 'apt-cache', 'dpkg'], 'Fetching kernel headers');
  mkdirSync(shelf, { recursive: true });
  removeStaleScratch(shelf, SCRATCH);
  const scratch = makeScratch(shelf, SCRATCH);
  try {
    const apt = await openPrivateApt(await findMirror(), join(scratch.path, 'apt'), 'amd64');
    const versions = await sortVersions((await apt.show([PACKAGE])).map(({ version }) => version));
    const version = versions.includes(wanted) ? wanted : versions[0];
    if (version === undefined) throw new Error(`the apt mirror of this computer offers no ${PACKAGE}`);
    if (existsSync(at(version).include)) return at(version);
    const [debs, root] = [join(scratch.path, 'debs'), join(scratch.path, 'root')];
    mkdirSync(debs);
    await apt.download([{ name: PACKAGE, version }], debs);
    for (const deb of readdirSync(debs)) await runTool('dpkg', ['-x', join(debs, deb), root]);
    publishDirectory(root, join(shelf, version));
    return at(version);
  } finally {
    scratch.remove();
  }
}
