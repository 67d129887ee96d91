/** The facts of the collection's headers below one include root. */
import { readFileSync, statSync } from 'node:fs';
import type { Parser } from 'web-tree-sitter';
import { ExtractError, extractFacts } from '../../schemas/extract/index.ts';
import type { Include } from '../../schemas/index.ts';
import { buildTypeTable, type Facts, type TypeTable } from '../../schemas/layout/index.ts';
import { exported, factsOfHeader } from '../extract/header.ts';
import { headerPath, OWN_HEADERS, OWN_PACKAGE } from './own-headers.ts';

export const PACKAGE = 'linux-libc-dev';

/** Headers of the DRM core, whose facts the driver headers need. */
export const CORE = new Set(['drm/drm.h', 'drm/drm_mode.h']);

function reader(root: string): Include {
  return path => {
    const full = headerPath(root, path);
    return statSync(full, { throwIfNoEntry: false })?.isFile() ? readFileSync(full, 'utf8') : undefined;
  };
}

export interface HeaderOrigin {
  /** Version of the package the headers come from. */
  readonly version: string;
  /** Kernel release, `7.3.4`. */
  readonly kernel: string;
}

/** The facts of one header of a release. Throws an {@link ExtractError} when there is none. */
export function readHeader(
  root: string,
  header: string,
  { version, kernel }: HeaderOrigin,
  parser: Parser,
): Facts {
  const read = reader(root);
  const text = read(header);
  if (text === undefined) {
    throw new ExtractError(
      `${headerPath(root, header)} is no file; --include must name the folder that holds drm/`,
    );
  }
  const own = OWN_HEADERS.get(header);
  const from = own === undefined ? { package: PACKAGE, version } : { package: OWN_PACKAGE, version: own };
  return factsOfHeader({ header, text, kernel, ...from }, parser, read);
}

/**
 * What an older release says of a header, which may lie in one of `places`: undefined when it has none of them. The
 * values that single architectures have are left out: a package of then may hold only its own.
 */
export function readOlder(root: string, places: readonly string[], parser: Parser): Facts | undefined {
  const raw = reader(root);
  const read: Include = path => {
    const text = raw(path);
    return text === undefined ? undefined : exported(text);
  };
  const header = places.find(place => read(place) !== undefined);
  if (header === undefined) return undefined;
  const source = { package: PACKAGE, version: '', sha256: '', license: '' };
  const input = { header, text: read(header)!, parser, kernel: '', source, include: read };
  return extractFacts(header.startsWith('asm-generic/') ? { ...input, externals: [] } : input);
}

/** The types of one header of a release, with those of the core that it builds upon. */
export function typesFor(facts: Facts, all: readonly Facts[]): TypeTable {
  return buildTypeTable(all.filter(one => one === facts || CORE.has(one.header)));
}
