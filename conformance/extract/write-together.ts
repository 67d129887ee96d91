/** Several files that change together: either all of them are written or none. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** Folders that have to be made for a path, the outermost first. */
function missingFolders(path: string): string[] {
  const out: string[] = [];
  for (let folder = dirname(path); !existsSync(folder); folder = dirname(folder)) out.unshift(folder);
  return out;
}

/**
 * Makes the folders that a file needs. One by one: where a file system says that the parent of a folder which it will
 * not make is missing, as /proc does, `recursive` never ends.
 */
export function makeFolders(path: string): void {
  for (const folder of missingFolders(path)) mkdirSync(folder);
}

/**
 * Everything is first written beside its place: a full disk or a folder that may not be written shows there. What
 * still fails after that is taken back.
 */
export function writeTogether(files: readonly NewFile[]): void {
  const made = [...new Set(files.flatMap(({ path }) => missingFolders(path)))];
  const staged = files.map(({ path }) => `${path}.${process.pid}.tmp`);
  const undo: (() => void)[] = [];
  try {
    for (const { path } of files) makeFolders(path);
    for (const [at, { text }] of files.entries()) writeFileSync(staged[at]!, text);
    for (const [at, { path }] of files.entries()) {
      const old = existsSync(path) ? readFileSync(path) : undefined;
      renameSync(staged[at]!, path);
      undo.push(() => (old === undefined ? rmSync(path, { force: true }) : writeFileSync(path, old)));
    }
  } catch (error) {
    for (const back of undo.reverse()) back();
    for (const path of staged) rmSync(path, { force: true });
    for (const folder of made) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
