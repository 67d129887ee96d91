/**
 * Writes everything that is derived from data: types and validators from the meta-schemas, the catalogue of
 * descriptions, the clause ids, the chapters, the protocol header and its page, the page of the findings,
 * the bindings of the example programs; and the C grammar. `--check` fails when a committed one is stale.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateBindings, generateExamples } from './generate-bindings.ts';
import { generateCatalogue } from './generate-catalogue.ts';
import { generateChapters } from './generate-chapters.ts';
import { generateClauses } from './generate-clauses.ts';
import { generateCodecs } from './generate-codecs.ts';
import { generateFindings } from './generate-findings.ts';
import { generateGrammar } from './generate-grammar.ts';
import { generateProtocol } from './generate-protocol.ts';
import { generateTypes } from './generate-types.ts';
import { generateValidators } from './generate-validators.ts';

/** Writes a file only when its content changes, so that the compiler's incremental build stays useful. */
export async function writeIfChanged(path: string, content: string): Promise<boolean> {
  const old = await readFile(path, 'utf8').catch(() => undefined);
  if (old === content) return false;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
  return true;
}

export async function generate(root: string): Promise<void> {
  await generateGrammar(root);
  await generateBindings(root);
  await generateTypes(root);
  await generateValidators(root);
  await generateCatalogue(root);
  await generateClauses(root);
  await generateChapters(root);
  await generateProtocol(root);
  await generateExamples(root);
  await generateCodecs(root);
  await generateFindings(root);
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  try {
    await generate(root);
  } catch (error) {
    process.stderr.write(`generate: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
