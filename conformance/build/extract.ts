import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Parser } from 'web-tree-sitter';
import { type Edition, ExtractError, formatFacts, withHistory } from '../../schemas/extract/index.ts';
import type { Facts, ReleaseFact } from '../../schemas/layout/index.ts';
import { scriptArgs } from '../cli/script-args.ts';
import { packageRoot } from '../cli/version.ts';
import { createParser } from '../extract/parser.ts';
import { writeTogether } from '../extract/write-together.ts';
import { formerHeaders } from './former-headers.ts';
import { OWN_HEADERS } from './own-headers.ts';
import { PACKAGE, readHeader, readOlder, typesFor } from './read-headers.ts';

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
  'linux/devlink.h',
  'linux/dma-buf.h',
  'linux/sync_file.h',
  'asm-generic/poll.h',
  'asm-generic/mman-common.h',
  'asm-generic/fcntl.h',
  'asm-generic/errno-base.h',
  'asm-generic/errno.h',
] as const;

const USAGE =
  'usage: extract --include DIR --package-version VERSION --kernel RELEASE [--older RELEASE=DIR ...] [--out DIR]\n' +
  'example: extract --include linux-libc-dev/usr/include --package-version 7.3.4-1 --kernel 7.3.4 --older 6.1=linux-6.1/include/uapi';

/** The headers of an older release: an include root, exported or the kernel's own `include/uapi`. */
export interface OlderRoot {
  /** `6.12` */
  readonly release: string;
  readonly include: string;
  readonly package?: string;
  readonly version?: string;
}

export interface ExtractOptions {
  /** Version of the package the headers come from. */
  readonly version: string;
  /** Kernel release, `7.3.4`. */
  readonly kernel: string;
  readonly headers?: readonly string[];
  /** From the oldest on; without any the facts say nothing of their history. */
  readonly older?: readonly OlderRoot[];
}

/** Every header of an older release that has it, by its name of today, with where that release's headers came from. */
interface Past extends OlderRoot {
  readonly facts: ReadonlyMap<string, Facts>;
}

function readPast(older: OlderRoot, headers: readonly string[], parser: Parser): Past {
  const former = formerHeaders(packageRoot());
  const read = headers.flatMap(header => {
    const facts = readOlder(older.include, [header, ...(former.get(header) ?? [])], parser);
    return facts ? [[header, facts] as const] : [];
  });
  return { ...older, facts: new Map(read) };
}

function editionOf(header: string, { release, package: from, version, facts: all }: Past): Edition {
  const facts = all.get(header);
  const origin = { ...(from ? { package: from } : {}), ...(version ? { version } : {}) };
  const entry: ReleaseFact = { release, header: facts?.header ?? null, ...origin };
  return facts ? { release: entry, facts, types: typesFor(facts, [...all.values()]) } : { release: entry };
}

/** Reads headers below `includeRoot` and writes their facts to `outDir`; gives the paths that were written. */
export async function extractHeaders(
  includeRoot: string,
  options: ExtractOptions,
  outDir: string,
): Promise<string[]> {
  const { version, kernel, headers = HEADERS, older = [] } = options;
  for (const { release, include } of older) {
    if (!statSync(include, { throwIfNoEntry: false })?.isDirectory())
      throw new ExtractError(
        `${include}, the headers of ${release}, is no folder; give RELEASE=DIR with one that holds drm/`,
      );
  }
  const parser = await createParser();
  try {
    // Everything is read before anything is written, so a bad header leaves the old facts as they were.
    const all = headers.map(header => readHeader(includeRoot, header, options, parser));
    const newest: Omit<ReleaseFact, 'header'> = {
      release: kernel.split('.').slice(0, 2).join('.'),
      package: PACKAGE,
      version,
    };
    const pasts = older.map(each => readPast(each, headers, parser));
    const withPast = (facts: Facts): Facts => {
      if (pasts.length === 0 || OWN_HEADERS.has(facts.header)) return facts;
      const release = { ...newest, header: facts.header };
      const past = pasts.map(each => editionOf(facts.header, each));
      return withHistory(facts, [...past, { release, facts, types: typesFor(facts, all) }]);
    };
    const files = all.map(facts => ({
      path: join(outDir, `${basename(facts.header, '.h')}.json`),
      text: formatFacts(withPast(facts)),
    }));
    writeTogether(files);
    return files.map(file => file.path);
  } finally {
    parser.delete();
  }
}

function parseOlder(text: string): OlderRoot {
  const match = /^(\d+\.\d+)=(.+)$/.exec(text);
  if (!match)
    throw new ExtractError(`--older ${text} is not RELEASE=DIR, as in 6.12=linux-6.12/include/uapi`);
  return { release: match[1]!, include: match[2]! };
}

async function main(): Promise<number> {
  const { values } = scriptArgs({
    options: {
      include: { type: 'string' },
      'package-version': { type: 'string' },
      kernel: { type: 'string' },
      older: { type: 'string', multiple: true, default: [] },
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
  const older = values.older.map(parseOlder);
  for (const path of await extractHeaders(include, { version, kernel, older }, out)) console.log(path);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main().catch((error: Error) => {
    console.error(error.message);
    return 2;
  });
}
