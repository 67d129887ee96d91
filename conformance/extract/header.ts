/** One header file as facts: its text, what it includes, and where it comes from. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Parser } from 'web-tree-sitter';
import {
  type ExtractInput,
  extractFacts,
  extractGenericFacts,
  type Facts,
  type Include,
} from '../../schemas/index.ts';
import { UsageError } from '../run/usage-error.ts';
import { ASM_FOLDERS, programHeader } from './asm-folders.ts';

/** The licence a header names: its SPDX tag, else MIT when it carries that licence's text. */
export function licenseOf(text: string): string {
  const tag = /SPDX-License-Identifier:\s*([^*\n]+)/.exec(text)?.[1]?.trim();
  if (tag) return tag.replace(/^\((.*)\)$/, '$1');
  return text.includes('Permission is hereby granted, free of charge') ? 'MIT' : 'unknown';
}

/** The text of a header that the user named. */
export function readHeaderText(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) throw new UsageError(`there is no file ${file}; name a uAPI header such as panthor_drm.h`);
  if (!stat.isFile()) throw new UsageError(`${file} is no file; name one header of it`);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  if (bytes.includes(0)) throw new UsageError(`${file} is a binary file; name the text of a C header`);
  return bytes.toString('utf8');
}

/** The text of a file below a folder; undefined when it is no file. */
export function readBelow(folder: string): Include {
  return path => {
    const full = join(folder, path);
    return statSync(full, { throwIfNoEntry: false })?.isFile() ? readFileSync(full, 'utf8') : undefined;
  };
}

/**
 * A header of the kernel's own tree as it is exported: without the marks that only the kernel's checkers read
 * (scripts/headers_install.sh). An exported one stays as it is.
 */
export function exported(text: string): string {
  return text
    .replaceAll(/(^|[\s(])(?:__user|__force|__iomem)(?=\s)/gm, '$1')
    .replaceAll(/(^|[^\w])(?<!__)volatile(?=\s)/gm, '$1__volatile__');
}

export interface Header {
  /** Path below the include root, such as `drm/ethosu_accel.h`. */
  readonly header: string;
  /** As the file has it: its checksum tells the file again. */
  readonly text: string;
  readonly kernel: string;
  readonly package: string;
  readonly version: string;
}

export function factsOfHeader(from: Header, parser: Parser, include: Include): Facts {
  const { header, text, kernel, version } = from;
  const sha256 = createHash('sha256').update(text).digest('hex');
  const source = { package: from.package, version, sha256, license: licenseOf(text) };
  const plain: Include = path => {
    const found = include(path);
    return found === undefined ? undefined : exported(found);
  };
  const input: ExtractInput = { header, text: exported(text), parser, kernel, source, include: plain };
  return header.startsWith('asm-generic/')
    ? extractGenericFacts(input, abi => plain(`${ASM_FOLDERS[abi]}/${programHeader(header)}`))
    : extractFacts(input);
}
