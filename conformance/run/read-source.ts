/** Reads files that the user named; how their content is read is the same for all (schemas/load). */
import { readFileSync } from 'node:fs';
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
