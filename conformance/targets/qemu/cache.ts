import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where things that can be made again are kept: the XDG base directory for caches. */
export function cacheRoot(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const xdg = env.XDG_CACHE_HOME ?? '';
  // The XDG specification: a relative path is invalid and ignored.
  return join(xdg.startsWith('/') ? xdg : join(homedir(), '.cache'), 'accel-uapi');
}

const scratch = new Set<string>();
let cleaning = false;

/**
 * Removes a directory tree. Removal is best effort: it also runs while the process ends, when nothing could be
 * done about a failure.
 */
function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {}
}

/** Makes an empty directory `parent/prefix-PID-XXXXXX` that is gone at the latest when the process exits. */
export function makeScratch(parent: string, prefix: string): { path: string; remove(): void } {
  mkdirSync(parent, { recursive: true });
  const path = mkdtempSync(join(parent, `${prefix}-${process.pid}-`));
  scratch.add(path);
  if (!cleaning) {
    cleaning = true;
    process.on('exit', () => scratch.forEach(removeTree));
  }
  return {
    path,
    remove: () => {
      removeTree(path);
      scratch.delete(path);
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Removes scratch directories whose process was killed before it could clean up. */
export function removeStaleScratch(parent: string, prefix: string): void {
  let names: string[] = [];
  try {
    names = readdirSync(parent);
  } catch {
    return;
  }
  for (const name of names) {
    const pid = name.startsWith(`${prefix}-`)
      ? Number(name.slice(prefix.length + 1).split('-')[0])
      : Number.NaN;
    if (Number.isInteger(pid) && pid > 0 && !isAlive(pid)) removeTree(join(parent, name));
  }
}

/**
 * Moves a finished directory to its final name in one step. When another process was faster its result stays and
 * ours is dropped: both were made from the same input.
 */
export function publishDirectory(made: string, final: string): void {
  mkdirSync(dirname(final), { recursive: true });
  try {
    renameSync(made, final);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    removeTree(made);
  }
}

/** Points the symbolic link `link` to `target`, in one step whether or not it existed. */
export function publishLink(target: string, link: string): void {
  const temporary = `${link}.${process.pid}`;
  rmSync(temporary, { force: true });
  symlinkSync(target, temporary);
  renameSync(temporary, link);
}
