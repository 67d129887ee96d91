/** Reads files that the user named; how their content is read is the same for all (schemas/load). */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checked, located, parseSource, type Source, validate } from '../../schemas/index.ts';
import { UsageError } from './usage-error.ts';

/** Where data came from, for the positions of what turns out to be wrong with it. */
const sources = new WeakMap<object, Source>();

/** A YAML or JSON file with positions; throws a UsageError when it cannot be read, an InvalidData when it is wrong. */
export function readSource(path: string): Source {
  let content: Uint8Array;
  try {
    content = readFileSync(path);
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code}); name a file that can`,
    );
  }
  const source = parseSource(path, content);
  if (source.data !== null && typeof source.data === 'object') sources.set(source.data, source);
  return source;
}

/** The content of a file. */
export function readData(path: string): unknown {
  return readSource(path).data;
}

/** What is there under a path that the user named. */
export function kindOf(path: string): 'file' | 'folder' | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? 'file' : stat?.isDirectory() ? 'folder' : undefined;
}

/** The data files below a folder, by the path that they would have below `under`. */
export function readFolder(folder: string, under: string): Record<string, unknown> {
  const names = readdirSync(folder, { recursive: true }).map(String).sort();
  return Object.fromEntries(
    names
      .filter(name => /\.(yaml|json)$/.test(name) && kindOf(join(folder, name)) === 'file')
      .map(name => [`${under}/${name.replaceAll('\\', '/')}`, readData(join(folder, name))]),
  );
}

/** The parts of a schemas folder that a catalogue is made of. */
const PARTS = ['core', 'drivers', 'facts', 'files', 'primary'];

/** The files of a schemas folder, by the paths of the repository. */
export function readSchemas(root: string): Record<string, unknown> {
  const parts = PARTS.filter(part => kindOf(join(root, part)) === 'folder');
  return Object.assign({}, ...parts.map(part => readFolder(join(root, part), `schemas/${part}`)));
}

/** The content of a file, checked against its meta-schema. */
export function readAs<T>(kind: string, path: string): T {
  return checked(readSource(path), data => validate<T>(kind, path, data));
}

/** Runs a check of files that were read before, by the names that it calls them; its errors name line and column. */
export function withPositions<T>(files: Readonly<Record<string, unknown>>, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw located(error, file => {
      const data = files[file];
      return data !== null && typeof data === 'object' ? sources.get(data) : undefined;
    });
  }
}
