/** The C parser that facts are read with: web-tree-sitter with the grammar that tree-sitter-c ships. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Language, Parser } from 'web-tree-sitter';
import { packageRoot } from '../cli/version.ts';

/**
 * `npm run generate` copies the grammar here: as a dependency its package would compile a native module on every
 * computer, of which nothing is used.
 */
export const GRAMMAR = 'conformance/extract/generated/tree-sitter-c.wasm';

export async function createParser(): Promise<Parser> {
  const { resolve } = createRequire(import.meta.url);
  await Parser.init({ wasmBinary: readFileSync(resolve('web-tree-sitter/web-tree-sitter.wasm')) });
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(join(packageRoot(), GRAMMAR))));
  return parser;
}
