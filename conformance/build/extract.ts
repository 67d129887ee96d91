import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ExtractError, formatFacts } from '../../schemas/extract/index.ts';
import { factsOfHeader, readBelow } from '../extract/header.ts';
import { createParser } from '../extract/parser.ts';
import { writeTogether } from '../extract/write-together.ts';
import { headerPath, OWN_HEADERS, OWN_INCLUDE, OWN_PACKAGE } from './own-headers.ts';

/** The headers whose facts the collection holds. */
export const HEADERS = [
  'drm/drm.h',
  'drm/drm_mode.h',
  'drm/drm_ras.h',
  'drm/amdxdna_accel.h',
  'drm/ethosu_accel.h',
  'drm/habanalabs_accel.h',
  'drm/ivpu_accel.h',
  'drm/qaic_accel.h',
  'drm/rocket_accel.h',
  'drm/vgem_drm.h',
  'drm/accelref_accel.h',
  'linux/dma-buf.h',
  'linux/sync_file.h',
  'asm-generic/poll.h',
  'asm-generic/mman-common.h',
  'asm-generic/fcntl.h',
  'asm-generic/errno-base.h',
  'asm-generic/errno.h',
] as const;

const PACKAGE = 'linux-libc-dev';
const USAGE =
  'usage: extract --include DIR --package-version VERSION --kernel RELEASE [--out DIR]\n' +
  'example: extract --include linux-libc-dev/usr/include --package-version 7.3.4-1 --kernel 7.3.4';

export interface ExtractOptions {
  /** Version of the package the headers come from. */
  readonly version: string;
  /** Kernel release, `7.3.4`. */
  readonly kernel: string;
  readonly headers?: readonly string[];
}

/** Reads headers below `includeRoot` and writes their facts to `outDir`; gives the paths that were written. */
export async function extractHeaders(
  includeRoot: string,
  { version, kernel, headers = HEADERS }: ExtractOptions,
  outDir: string,
): Promise<string[]> {
  const [below, own] = [readBelow(includeRoot), readBelow(OWN_INCLUDE)];
  const read = (path: string) => (OWN_HEADERS.has(path) ? own(path) : undefined) ?? below(path);
  const parser = await createParser();
  try {
    // Everything is read before anything is written, so a bad header leaves the old facts as they were.
    const files = headers.map(header => {
      const text = read(header);
      if (text === undefined) {
        throw new ExtractError(
          `${headerPath(includeRoot, header)} is no file; --include must name the folder that holds drm/`,
        );
      }
      const ours = OWN_HEADERS.get(header);
      const from =
        ours === undefined ? { package: PACKAGE, version } : { package: OWN_PACKAGE, version: ours };
      const facts = factsOfHeader({ header, text, kernel, ...from }, parser, read);
      return { path: join(outDir, `${basename(header, '.h')}.json`), text: formatFacts(facts) };
    });
    writeTogether(files);
    return files.map(file => file.path);
  } finally {
    parser.delete();
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      include: { type: 'string' },
      'package-version': { type: 'string' },
      kernel: { type: 'string' },
      out: { type: 'string', default: 'schemas/facts' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const { include, kernel, out } = values;
  const version = values['package-version'];
  if (!include || !version || !kernel) {
    console.error(USAGE);
    return 2;
  }
  for (const path of await extractHeaders(include, { version, kernel }, out)) console.log(path);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main().catch((error: Error) => {
    console.error(error.message);
    return 2;
  });
}
