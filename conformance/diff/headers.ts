/** Headers as facts, read on the fly. */
import type { Facts } from '../../schemas/index.ts';
import { neighbours, readLoneHeader } from '../extract/lone-header.ts';
import { createParser } from '../extract/parser.ts';

/** Headers that a driver's header may need the types of. */
const SUPPORT = ['drm/drm.h', 'drm/drm_mode.h'];

export interface ReadHeaders {
  readonly facts: readonly Facts[];
  /** Headers beside them that they need for their types. */
  readonly support: readonly Facts[];
}

/** Reads headers, each by its path on this machine. */
export async function readHeaders(paths: readonly string[]): Promise<ReadHeaders> {
  const parser = await createParser();
  const read = (path: string) => readLoneHeader(path, parser).facts;
  try {
    return { facts: paths.map(read), support: neighbours(paths, SUPPORT).map(read) };
  } finally {
    parser.delete();
  }
}
