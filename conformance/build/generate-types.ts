/** TypeScript types from the meta-schemas, one module a schema: `schemas/generated/types/NAME.ts`. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compileFromFile } from 'json-schema-to-typescript';
import { writeIfChanged } from './generate.ts';

export async function generateTypes(root: string): Promise<void> {
  const meta = join(root, 'schemas/meta');
  const names = (await readdir(meta)).filter(name => name.endsWith('.schema.json')).sort();
  for (const name of names) {
    const text = await compileFromFile(join(meta, name), {
      cwd: meta,
      bannerComment: `/* Generated from schemas/meta/${name}. */`,
      additionalProperties: false,
      format: false,
      unreachableDefinitions: true,
    });
    await writeIfChanged(join(root, 'schemas/generated/types', name.replace('.schema.json', '.ts')), text);
  }
}
