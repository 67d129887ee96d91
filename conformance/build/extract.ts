import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Language, Parser } from 'web-tree-sitter';
import { ExtractError, extractFacts, extractGenericFacts, formatFacts } from '../../schemas/extract/index.ts';
import { ASM_FOLDERS, programHeader } from './asm-folders.ts';
import { headerPath, OWN_HEADERS, OWN_PACKAGE } from './own-headers.ts';

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

const PACKAGE = 'linux-libc-dev';
const USAGE =
  'usage: extract --include DIR --package-version VERSION --kernel RELEASE [--out DIR]\n' +
  'example: extract --include linux-libc-dev/usr/include --package-version 7.3.4-1 --kernel 7.3.4';

/** A C parser from the grammar and the runtime that the two packages ship. */
export async function createParser(): Promise<Parser> {
  const { resolve } = createRequire(import.meta.url);
  await Parser.init({ wasmBinary: readFileSync(resolve('web-tree-sitter/web-tree-sitter.wasm')) });
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(resolve('tree-sitter-c/tree-sitter-c.wasm'))));
  return parser;
}

/** The licence a header names: its SPDX tag, else MIT when it carries that licence's text. */
export function licenseOf(text: string): string {
  const tag = /SPDX-License-Identifier:\s*([^*\n]+)/.exec(text)?.[1]?.trim();
  if (tag) return tag.replace(/^\((.*)\)$/, '$1');
  return text.includes('Permission is hereby granted, free of charge') ? 'MIT' : 'unknown';
}

function writeAtomically(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

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
  const read = (path: string): string | undefined => {
    const full = headerPath(includeRoot, path);
    return statSync(full, { throwIfNoEntry: false })?.isFile() ? readFileSync(full, 'utf8') : undefined;
  };
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
      const sha256 = createHash('sha256').update(text).digest('hex');
      const own = OWN_HEADERS.get(header);
      const from = own === undefined ? { package: PACKAGE, version } : { package: OWN_PACKAGE, version: own };
      const source = { ...from, sha256, license: licenseOf(text) };
      const input = { header, text, parser, kernel, source, include: read };
      const facts = header.startsWith('asm-generic/')
        ? extractGenericFacts(input, abi => read(`${ASM_FOLDERS[abi]}/${programHeader(header)}`))
        : extractFacts(input);
      return { path: join(outDir, `${basename(header, '.h')}.json`), text: formatFacts(facts) };
    });
    mkdirSync(outDir, { recursive: true });
    for (const file of files) writeAtomically(file.path, file.text);
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
