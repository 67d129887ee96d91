/** A header by its path, whatever tree it lies in: what lint and diff look at. */
import { basename, dirname, join, resolve } from 'node:path';
import type { Parser } from 'web-tree-sitter';
import { DRM_PRELUDE, ExtractError, type Facts, LayoutError } from '../../schemas/index.ts';
import { kindOf } from '../run/read-source.ts';
import { UsageError } from '../run/usage-error.ts';
import { factsOfHeader, readBelow, readHeaderText } from './header.ts';

/** Folders of an include root that uAPI headers lie in. */
const FOLDERS = /^(drm|linux|asm|asm-generic|misc|rdma)$/;

export interface PlaceOfHeader {
  /** The include root; the header's own folder when its name tells none. */
  readonly root: string;
  /** The path below it; `drm/x.h` when nothing tells. */
  readonly header: string;
}

export function placeOfHeader(path: string): PlaceOfHeader {
  const full = resolve(path);
  const folder = dirname(full);
  return FOLDERS.test(basename(folder))
    ? { root: dirname(folder), header: `${basename(folder)}/${basename(full)}` }
    : { root: folder, header: `drm/${basename(full)}` };
}

/**
 * The facts of a header, with the text that they are of. What it includes is looked for in `includes`, in its own
 * include root, beside it and where the compiler looks; without a drm.h the part of it that requests need stands in.
 */
export function readLoneHeader(
  path: string,
  parser: Parser,
  includes: readonly string[] = [],
): { readonly facts: Facts; readonly text: string } {
  const text = readHeaderText(path);
  const { root, header } = placeOfHeader(path);
  const roots = [...includes, root, '/usr/include'].map(folder => readBelow(folder));
  const beside = readBelow(dirname(resolve(path)));
  const include = (wanted: string): string | undefined => {
    if (wanted === header) return undefined;
    for (const read of roots) {
      const found = read(wanted);
      if (found !== undefined) return found;
    }
    const name = basename(wanted);
    return (
      (name === basename(path) ? undefined : beside(name)) ??
      (wanted === 'drm/drm.h' ? DRM_PRELUDE : undefined)
    );
  };
  try {
    const from = { header, text, kernel: '0.0', package: 'file', version: '0' };
    return { facts: factsOfHeader(from, parser, include), text };
  } catch (error) {
    if (error instanceof ExtractError || error instanceof LayoutError)
      throw new UsageError(`${path} cannot be read as a C header: ${error.message}`);
    throw error;
  }
}

/** Headers that lie beside others, of the names that are given. */
export function neighbours(paths: readonly string[], names: readonly string[]): string[] {
  const own = new Set(paths.map(path => resolve(path)));
  const found = paths.flatMap(path => names.map(name => join(placeOfHeader(path).root, name)));
  return [...new Set(found)].filter(path => !own.has(path) && kindOf(path) === 'file');
}
