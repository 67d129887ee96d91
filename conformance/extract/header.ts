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
import { ASM_FOLDERS, programHeader } from './asm-folders.ts';

/** The licence a header names: its SPDX tag, else MIT when it carries that licence's text. */
export function licenseOf(text: string): string {
  const tag = /SPDX-License-Identifier:\s*([^*\n]+)/.exec(text)?.[1]?.trim();
  if (tag) return tag.replace(/^\((.*)\)$/, '$1');
  return text.includes('Permission is hereby granted, free of charge') ? 'MIT' : 'unknown';
}

/** The text of a file below a folder; undefined when it is no file. */
export function readBelow(folder: string): Include {
  return path => {
    const full = join(folder, path);
    return statSync(full, { throwIfNoEntry: false })?.isFile() ? readFileSync(full, 'utf8') : undefined;
  };
}

export interface Header {
  /** Path below the include root, such as `drm/ethosu_accel.h`. */
  readonly header: string;
  readonly text: string;
  readonly kernel: string;
  readonly package: string;
  readonly version: string;
}

export function factsOfHeader(from: Header, parser: Parser, include: Include): Facts {
  const { header, text, kernel, version } = from;
  const sha256 = createHash('sha256').update(text).digest('hex');
  const source = { package: from.package, version, sha256, license: licenseOf(text) };
  const input: ExtractInput = { header, text, parser, kernel, source, include };
  return header.startsWith('asm-generic/')
    ? extractGenericFacts(input, abi => include(`${ASM_FOLDERS[abi]}/${programHeader(header)}`))
    : extractFacts(input);
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
