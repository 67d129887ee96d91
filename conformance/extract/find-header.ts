/** Which header a file is: its include root, its path below it, and the kernel release that it belongs to. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UsageError } from '../run/usage-error.ts';
import { readHeaderText } from './header.ts';

export interface FoundHeader {
  /** The folder that holds drm/. */
  readonly include: string;
  /** Path below it. */
  readonly header: string;
  readonly text: string;
}

/** A folder that programs include from: every DRM header includes drm.h. */
function isIncludeRoot(folder: string): boolean {
  return existsSync(join(folder, 'drm/drm.h'));
}

export function findHeader(file: string, include: string | undefined): FoundHeader {
  const text = readHeaderText(file);
  const real = realpathSync(resolve(file));
  if (include !== undefined) {
    if (!isIncludeRoot(include))
      throw new UsageError(
        `--include ${include} holds no drm/drm.h; name the folder that holds drm/, such as usr/include of linux-libc-dev`,
      );
    const path = relative(realpathSync(resolve(include)), real);
    // A header from elsewhere is read as if it lay beside the others of its kind.
    return { include, text, header: path.startsWith('..') ? `drm/${basename(file)}` : path };
  }
  for (let folder = dirname(real); folder !== dirname(folder); folder = dirname(folder)) {
    if (isIncludeRoot(folder)) return { include: folder, text, header: relative(folder, real) };
  }
  throw new UsageError(
    `no folder above ${file} holds drm/drm.h, which DRM headers include; name the one that does with --include DIR`,
  );
}

const RELEASE = /^\d+\.\d+(\.\d+)?$/;

/** LINUX_VERSION_CODE of linux/version.h, which linux-libc-dev has. */
function releaseOfVersionHeader(include: string): string | undefined {
  const path = join(include, 'linux/version.h');
  if (!existsSync(path)) return undefined;
  const code = /#define\s+LINUX_VERSION_CODE\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1];
  if (code === undefined) return undefined;
  const number = Number(code);
  return `${number >> 16}.${(number >> 8) & 0xff}.${number & 0xff}`;
}

/** VERSION, PATCHLEVEL and SUBLEVEL of the Makefile of a source tree, of which include/uapi is the include root. */
function releaseOfMakefile(include: string): string | undefined {
  const path = join(include, '../../Makefile');
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  const parts = ['VERSION', 'PATCHLEVEL', 'SUBLEVEL'].map(
    name => new RegExp(`^${name}\\s*=\\s*(\\d+)\\s*$`, 'm').exec(text)?.[1],
  );
  return parts.includes(undefined) ? undefined : parts.join('.');
}

/** The kernel release that a header belongs to: as given, else as the headers around it say. */
export function kernelRelease(given: string | undefined, include: string): string {
  if (given !== undefined) {
    if (!RELEASE.test(given))
      throw new UsageError(`--kernel ${given} is no kernel release; expected for example 7.3.4`);
    return given;
  }
  const found = releaseOfVersionHeader(include) ?? releaseOfMakefile(include);
  if (found === undefined)
    throw new UsageError(
      `${include} has no linux/version.h that tells its kernel release; name it with --kernel, for example 7.3.4`,
    );
  return found;
}
