/** A folder of generated files is made to hold exactly some files, without a moment in which one of them is missing. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type NewFile, writeTogether } from '../extract/write-together.ts';

/** Files that say the same already are not touched; others are replaced whole; what is not among `files` goes last. */
export function replaceFolder(folder: string, files: readonly NewFile[]): void {
  writeTogether(files.filter(({ path, text }) => !existsSync(path) || readFileSync(path, 'utf8') !== text));
  const kept = new Set(files.map(({ path }) => basename(path)));
  for (const name of readdirSync(folder))
    if (!kept.has(name)) rmSync(join(folder, name), { recursive: true });
}
