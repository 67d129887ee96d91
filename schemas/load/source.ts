/** One way to load: from the bytes of a file to its data, and from a place in the data back to line and column. */
import { InvalidData } from '../validate/invalid-data.ts';
import { readJson } from './json.ts';
import { MOST_BYTES } from './limits.ts';
import { type Position, positionAt, readText, type TextFile } from './text.ts';
import { readYaml } from './yaml.ts';

export interface Source {
  readonly path: string;
  readonly data: unknown;
  /** Line and column of a value, or of its key; of what encloses it when there is no such value. */
  position(at: readonly (string | number)[], key?: boolean): Position;
}

export interface SourceOptions {
  /** JSON when the path ends in .json, else YAML, without it. */
  readonly format?: 'json' | 'yaml';
  /** The text is a part of the file that begins on this line. */
  readonly line?: number;
  /** Bytes at most; those of a description without it. */
  readonly most?: number;
}

/**
 * Reads YAML or JSON. Throws an InvalidData that begins with `path:line:column:` and says in one sentence what is wrong.
 */
export function parseSource(
  path: string,
  content: string | Uint8Array,
  { format = path.endsWith('.json') ? 'json' : 'yaml', line = 1, most = MOST_BYTES }: SourceOptions = {},
): Source {
  const file: TextFile = { path, line };
  const text = readText(file, content, most);
  const { data, places } = format === 'json' ? readJson(file, text) : readYaml(file, text);
  return {
    path,
    data,
    position: (at, key = false) => positionAt(file, text, places.offsetOf(data, at, key)),
  };
}

/** Gives an error about a place of these files its line and column; anything else as it is. */
export function located(error: unknown, sourceOf: (file: string) => Source | undefined): unknown {
  if (!(error instanceof InvalidData) || !error.place) return error;
  const { file, at, key } = error.place;
  const source = sourceOf(file);
  if (!source) return error;
  const { line, column } = source.position(at, key);
  return new InvalidData(`${source.path}:${line}:${column}: ${error.sentence}`);
}

/** Runs a check of one file's data; its errors name line and column. */
export function checked<T>(source: Source, check: (data: unknown) => T): T {
  try {
    return check(source.data);
  } catch (error) {
    throw located(error, file => (file === source.path ? source : undefined));
  }
}
