/** Copies the C grammar with its licence to where the package carries it: `conformance/extract/generated`. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GRAMMAR } from '../extract/parser.ts';

export async function generateGrammar(root: string): Promise<void> {
  const { resolve } = createRequire(import.meta.url);
  const from = dirname(resolve('tree-sitter-c/tree-sitter-c.wasm'));
  await mkdir(dirname(join(root, GRAMMAR)), { recursive: true });
  for (const [source, target] of [
    ['tree-sitter-c.wasm', GRAMMAR],
    ['LICENSE', `${GRAMMAR}.LICENSE`],
  ] as const) {
    const path = join(root, target);
    const content = await readFile(join(from, source));
    const old = await readFile(path).catch(() => undefined);
    if (old?.equals(content)) continue;
    await writeFile(`${path}.new`, content);
    await rename(`${path}.new`, path);
  }
}
