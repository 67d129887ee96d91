/** A folder of generated files is made to hold exactly some files, without a moment in which one of them is missing. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface MadeFile {
  /** In the folder itself. */
  readonly path: string;
  readonly contents: Uint8Array;
}

/** Files that are the same already are not touched; others are replaced whole; what is not among `files` goes last. */
export function replaceFolder(folder: string, files: readonly MadeFile[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { path, contents } of files) {
    if (existsSync(path) && readFileSync(path).equals(contents)) continue;
    const half = `${path}.half`;
    writeFileSync(half, contents);
    renameSync(half, path);
  }
  const kept = new Set(files.map(({ path }) => basename(path)));
  for (const name of readdirSync(folder))
    if (!kept.has(name)) rmSync(join(folder, name), { recursive: true });
}
