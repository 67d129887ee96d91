/** Headers as facts, read on the fly. This is the one place of diff that calls the extractor. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { builtinFiles, DRM_PRELUDE, ExtractError, extractFacts, type Facts } from '../../schemas/index.ts';
import { exported, licenseOf } from '../extract/header.ts';
import { createParser } from '../extract/parser.ts';
import { UsageError } from '../run/usage-error.ts';

/** Headers that a driver's header may need the types of. */
const SUPPORT = ['drm/drm.h', 'drm/drm_mode.h'];

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Where a header lies below its include root: `drm/x.h` of any path that ends so, else `x.h` beside its includes. */
function rootOf(path: string): { root: string; header: string } {
  const full = resolve(path);
  const folder = dirname(full);
  return /^(drm|linux|misc)$/.test(basename(folder))
    ? { root: dirname(folder), header: `${basename(folder)}/${basename(full)}` }
    : { root: folder, header: `drm/${basename(full)}` };
}

export interface ReadHeaders {
  readonly facts: readonly Facts[];
  /** Headers beside them that they need for their types. */
  readonly support: readonly Facts[];
}

/** The headers whose facts the collection holds. */
export function collectionHeaders(): readonly string[] {
  return Object.entries(builtinFiles())
    .filter(([path]) => path.startsWith('schemas/facts/'))
    .map(([, facts]) => (facts as Facts).header);
}

/** Reads headers, each by its path on this machine. */
export async function readHeaders(paths: readonly string[]): Promise<ReadHeaders> {
  const parser = await createParser();
  // A header may be the kernel's own, before it is exported.
  const textOf = (path: string) => (isFile(path) ? exported(readFileSync(path, 'utf8')) : undefined);
  const one = (path: string): Facts => {
    const { root, header } = rootOf(path);
    const text = textOf(path);
    if (text === undefined) throw new UsageError(`${path} is no file that can be read; name a header`);
    const include = (name: string): string | undefined =>
      textOf(join(root, name)) ??
      textOf(join(dirname(resolve(path)), basename(name))) ??
      (basename(name) === 'drm.h' ? DRM_PRELUDE : undefined);
    const sha256 = createHash('sha256').update(text).digest('hex');
    const source = { package: 'file', version: '0', sha256, license: licenseOf(text) };
    try {
      return extractFacts({ header, text, parser, kernel: '0.0', source, include });
    } catch (error) {
      if (!(error instanceof ExtractError)) throw error;
      throw new UsageError(`${path} cannot be read as a C header: ${error.message}`);
    }
  };
  try {
    const facts = paths.map(one);
    const beside = paths.flatMap(path => {
      const { root, header } = rootOf(path);
      return SUPPORT.filter(name => name !== header).map(name => join(root, name));
    });
    const missing = [...new Set(beside)].filter(isFile);
    return { facts, support: missing.filter(path => !paths.some(each => resolve(each) === path)).map(one) };
  } finally {
    parser.delete();
  }
}
